"""Which reader reads a file: by its name, else by how it begins."""

from __future__ import annotations

from pathlib import Path

from trunkline.data.columnar import is_dataset_folder, read_dataset_folder, read_parquet
from trunkline.data.delimited import DELIMITERS, read_delimited
from trunkline.data.json_lines import read_json
from trunkline.data.table import Table
from trunkline.data.text_file import read_text
from trunkline.errors import DataError

KNOWN = "CSV, TSV, JSONL, JSON, Parquet, a folder of `datasets`, or a format that a plugin reads"
_JSON = (".jsonl", ".ndjson", ".json")
_TAB = (".tsv", ".tab")


def read_table(path: Path) -> Table:
    """Read `path` by its suffix; a file with another suffix, or none, by its first characters.

    Raises `DataError` where the format is not known or the file is broken as a whole.
    """
    if path.is_dir():
        if is_dataset_folder(path):
            return read_dataset_folder(path)
        raise DataError([f"{path.name}: a folder that `datasets` did not write"], f"Known: {KNOWN}.")
    suffix = path.suffix.lower()
    if suffix == ".parquet" or _begins(path, b"PAR1"):
        return read_parquet(path)
    text = read_text(path)
    if suffix in _JSON:
        return read_json(text, path.name)
    if suffix in (*_TAB, ".csv"):
        return read_delimited(text, path.name, "\t" if suffix in _TAB else None)
    return _read_unnamed(text, path.name)


def _begins(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _read_unnamed(text: str, name: str) -> Table:
    start = text.lstrip()
    if start.startswith(("{", "[{")):
        return read_json(text, name)
    if any(delimiter in start.partition("\n")[0] for delimiter in DELIMITERS):
        return read_delimited(text, name)
    raise DataError([f"{name}: its format cannot be told"], f"Known: {KNOWN}. A suffix such as .csv tells it.")
