"""Which reader reads a path: the one hook for all forms of parallel data."""

from __future__ import annotations

from pathlib import Path

from trunkline import DataError
from trunkline_translation.parallel import columns, lines, naming, tmx, unquoted
from trunkline_translation.parallel.units import Rows

FORMS = (
    "Languages are named behind TMX, JSONL or a folder with a column `translation`, and two aligned files: "
    "memory.tmx:en-pt, corpus:en-pt."
)


def read(path: Path) -> Rows | None:
    """Give the rows of two aligned files, a TMX file, or a column `translation`; None for what the platform reads.

    Columns `source` and `target` of CSV, TSV, JSONL, Parquet or a `datasets` folder are the platform's; its reader is
    helped where quotes in TSV are plain text. Raises `DataError`.
    """
    bare, pair = naming.asked(path)
    if tmx.reads(bare):
        return tmx.read(bare, pair)
    found = lines.find(bare, pair)
    if found is not None:
        return lines.read(*found)
    rows = columns.read(bare, pair)
    if rows is None and pair is not None and bare.exists():
        raise DataError([f"{bare.name}: its format has no languages to choose from, such as {pair}"], FORMS)
    return rows if rows is not None else unquoted.read(bare)
