"""Rows with a column `translation` of texts by language, as `datasets` and OPUS have them: {"en": ..., "pt": ...}."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trunkline import DataError, read_table
from trunkline_translation.parallel.units import Rows, Unit, rows_of

COLUMN = "translation"
_JSON = (".jsonl", ".ndjson", ".json", "")
_SNIFFED = 65_536  # bytes
_REMEDY = 'A row holds its texts by language: {"translation": {"en": "...", "pt": "..."}}.'


def read(path: Path, pair: str | None = None) -> Rows | None:
    """Give a row for each that has the two languages of `pair`, else the only two there are; None for other data.

    The first language of the first row is the source. Raises `DataError` with every bad row.
    """
    if not _may_have_it(path):
        return None
    table = read_table(path)
    if not any(isinstance(row.values.get(COLUMN), Mapping) for row in table.rows):
        return None
    problems = list(table.problems)
    units = []
    for row in table.rows:
        texts = _texts(row.values.get(COLUMN))
        if texts is None:
            problems.append(f"{row.place}: {COLUMN}: an object of texts by language is expected")
        else:
            units.append(Unit(row.place, texts))
    rows = rows_of(units, table.name, pair, None, problems)
    if problems:
        raise DataError(problems, _REMEDY, rows)
    return rows


def _may_have_it(path: Path) -> bool:
    """Tell, without reading all of it, whether `path` may have the column: reading twice takes twice as long."""
    if path.is_dir():
        return COLUMN in _features(path)
    if not path.is_file():
        return False
    if path.suffix.lower() == ".parquet":
        return COLUMN in _parquet_columns(path)
    if path.suffix.lower() not in _JSON:
        return False
    with path.open("rb") as file:
        start = file.read(_SNIFFED)
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")) and f'"{COLUMN}"'.encode() in start


def _features(folder: Path) -> Sequence[str]:
    """Give the columns of a folder that `datasets.save_to_disk` wrote."""
    info = folder / "dataset_info.json"
    try:
        return list(json.loads(info.read_text(encoding="utf-8")).get("features") or {}) if info.is_file() else []
    except (ValueError, AttributeError):
        return []  # the platform's reader tells what is wrong with it


def _parquet_columns(path: Path) -> Sequence[str]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        return []  # the platform's reader tells what to install
    try:
        return list(parquet.read_schema(path).names)
    except (ArrowException, OSError):
        return []


def _texts(value: Any) -> dict[str, list[Any]] | None:
    """Give language -> texts; {"language": [...], "translation": [...]} is of `TranslationVariableLanguages`."""
    if not isinstance(value, Mapping):
        return None
    codes, texts = value.get("language"), value.get("translation")
    if set(value) != {"language", "translation"} or isinstance(codes, str) or isinstance(texts, str):
        return {str(code): list(text) if isinstance(text, list) and text else [text] for code, text in value.items()}
    found: dict[str, list[Any]] = {}
    for code, text in zip(codes or (), texts or (), strict=False):
        found.setdefault(str(code), []).append(text)
    return found
