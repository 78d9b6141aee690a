"""Rows of tokens with a tag each: JSON lines, Parquet, and folders that `datasets.save_to_disk` wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from trunkline import DataError, MissingExtra
from trunkline_ner import schemes
from trunkline_ner.text import joined

TOKENS = "tokens"
TAGS = ("tags", "ner_tags", "labels")
"""The column of tags, the first of these that occurs."""

_JSON_LINES = (".jsonl", ".ndjson")
Placed = Iterator[tuple[str, Mapping[str, Any] | ValueError]]


def reads(path: Path) -> bool:
    """Tell whether `path` holds tokens with tags."""
    if path.is_dir():
        return any(_has_columns(_dataset_columns(folder)) for folder in [path, *_splits(path)])
    if path.suffix.lower() == ".parquet":
        return _has_columns(_parquet_columns(path))
    return path.suffix.lower() in _JSON_LINES and _has_columns(_first_keys(path))


def read(path: Path) -> Sequence[Mapping[str, Any]]:
    """Give a row {text, entities, __place__} for each row of `path`. Raises `DataError` with every bad row."""
    if path.is_dir():
        rows = _from_dataset(path)
    elif path.suffix.lower() == ".parquet":
        rows = _from_parquet(path)
    else:
        rows = _from_json_lines(path)
    read, problems = [], []
    for place, row in rows:
        try:
            if isinstance(row, ValueError):
                raise row
            read.append(_row(row, place))
        except ValueError as error:
            problems.append(f"{place}: {error}")
    if problems:
        raise DataError(
            problems, f"Each row holds {TOKENS!r} and one of {', '.join(map(repr, TAGS))}, equally many.", read
        )
    return read


def _row(row: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    column = next((name for name in TAGS if name in row), None)
    tokens, tags = row.get(TOKENS), row.get(column) if column else None
    for name, values in ((TOKENS, tokens), (column or TAGS[0], tags)):
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise ValueError(f"{name}: a list of texts is expected (numbers need the names of their classes)")
    schemes.detect(tags or ())
    return joined(tokens or (), tags or (), place)


def _has_columns(columns: Sequence[str]) -> bool:
    return TOKENS in columns and "text" not in columns and any(name in columns for name in TAGS)


def _first_keys(path: Path) -> Sequence[str]:
    """Give the keys of the first JSON line; none where it is no object, which the platform's reader tells better."""
    with path.open("rb") as file:
        first = next((line for line in islice(file, 100) if line.strip()), b"")
    try:
        row = json.loads(first.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return ()
    return tuple(row) if isinstance(row, dict) else ()


def _from_json_lines(path: Path) -> Placed:
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        place = f"{path.name}:{number}"
        try:
            if text := line.decode("utf-8-sig").strip():
                row = json.loads(text)
                yield place, row if isinstance(row, dict) else {}
        except UnicodeDecodeError as error:
            raise DataError([f"{place}: not UTF-8: byte 0x{line[error.start]:02x}"], "Convert it to UTF-8.") from error
        except (ValueError, RecursionError) as error:
            yield place, ValueError(f"not JSON: {error}")


def _parquet_columns(path: Path) -> Sequence[str]:
    """Give the columns of a Parquet file; none where it is damaged, which the platform's reader tells better."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        return ()  # the platform's reader says what to install
    try:
        return tuple(parquet.read_schema(path).names)
    except (pyarrow.ArrowException, OSError):
        return ()


def _from_parquet(path: Path) -> Placed:
    datasets = _datasets()
    from pyarrow import parquet

    table = parquet.ParquetFile(path).read()
    return _named_rows(path.name, table.to_pylist(), datasets.Features.from_arrow_schema(table.schema))


def _splits(path: Path) -> Sequence[Path]:
    """Give the folders of a saved dataset's splits; none for a dataset without splits, and for another folder."""
    try:
        named = json.loads((path / "dataset_dict.json").read_text("utf-8"))
    except (OSError, ValueError):
        return ()
    return [path / str(split) for split in named.get("splits", ())]


def _dataset_columns(path: Path) -> Sequence[str]:
    """Give the columns of a saved dataset, from its own description; none for another folder."""
    information = path / "dataset_info.json"
    if not (path / "state.json").is_file() or not information.is_file():
        return ()
    try:
        return tuple(json.loads(information.read_text("utf-8")).get("features") or ())
    except ValueError:
        return ()


def _from_dataset(path: Path) -> Placed:
    """Read a saved dataset; of several splits one must be named. Raises `DataError` where it cannot be read."""
    splits = _splits(path)
    if len(splits) > 1:
        named = ", ".join(f"{path.name}/{split.name}" for split in splits)
        raise DataError([f"{path.name}: a folder of {len(splits)} splits"], f"Name one of them: {named}.")
    path = splits[0] if splits else path
    try:
        dataset = _datasets().load_from_disk(str(path)).with_format(None)
    except (OSError, ValueError) as error:
        raise DataError([f"{path.name}: not a readable `datasets` folder: {error}"], "Save it again.") from error
    return _named_rows(path.name, dataset, dataset.features)


def _named_rows(name: str, rows: Any, features: Any) -> Placed:
    """Yield rows with their tags' names in place of class numbers."""
    column = next((tags for tags in TAGS if tags in features), None)
    classes: Any = getattr(features[column], "feature", None) if column else None
    for number, row in enumerate(rows, 1):
        tags = row.get(column)
        if hasattr(classes, "int2str") and tags is not None:
            row = {**row, column: [classes.int2str(tag) for tag in tags]}
        yield f"{name}:{number}", row


def _datasets() -> Any:
    try:
        import datasets
    except ImportError as error:
        raise MissingExtra.needed("reading a `datasets` folder or Parquet", "torch") from error
    return datasets
