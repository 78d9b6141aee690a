"""TSV whose quotes are part of the text, as corpora of sentences have them: `"Sim", disse ela.`"""

from __future__ import annotations

from pathlib import Path

from trunkline import read_table
from trunkline_translation.parallel.units import Rows

_SUFFIXES = (".tsv", ".tab")
_MAY_BE_EMPTY = {"source_lang", "target_lang", "references"}


def read(path: Path) -> Rows | None:
    """Give the rows with their quotes, where those cannot be quotes around fields; None: the platform reads it.

    They cannot where every line has as many tabs as the header, and reading quotes would find rows that are not right
    or would put several lines into one.
    """
    if not path.is_file() or path.suffix.lower() not in _SUFFIXES:
        return None
    data = path.read_bytes()
    if b'"' not in data:
        return None
    table = read_table(path)
    lines = [line.removesuffix("\r") for line in data.decode("utf-8-sig").split("\n")]
    rows = [(number, line.split("\t")) for number, line in enumerate(lines, 1) if line.strip()]
    header = [column.strip() for column in rows[0][1]]
    as_many = all(len(fields) == len(header) for _, fields in rows)
    if not as_many or (not table.problems and len(table.rows) == len(rows) - 1):
        return None
    return [
        {
            **{column: text for column, text in zip(header, fields, strict=True) if _is_given(column, text)},
            "__place__": f"{path.name}:{number}",
        }
        for number, fields in rows[1:]
    ]


def _is_given(column: str, text: str) -> bool:
    return bool(column) and (text != "" or column not in _MAY_BE_EMPTY)
