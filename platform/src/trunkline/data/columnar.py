"""Parquet files and `datasets` folders; class labels come out as their names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trunkline.data.table import Row, Table
from trunkline.errors import DataError, MissingExtra


def read_parquet(path: Path) -> Table:
    """Read a Parquet file. Raises `DataError` where it is damaged, `MissingExtra` without pyarrow."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtra.needed("reading Parquet", "torch") from error
    try:
        table = parquet.ParquetFile(path).read()
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError([f"{path.name}: not a readable Parquet file: {error}"], "Was it copied in full?") from error
    metadata = (table.schema.metadata or {}).get(b"huggingface", b"{}")
    features = json.loads(metadata).get("info", {}).get("features", {})
    return _table(path.name, table.to_pylist(), features)


def is_dataset_folder(path: Path) -> bool:
    """Tell whether `path` is a folder that `datasets.save_to_disk` wrote."""
    return (path / "dataset_dict.json").is_file() or (path / "state.json").is_file()


def read_dataset_folder(path: Path) -> Table:
    """Read one split that `datasets.save_to_disk` wrote. Raises `DataError` for a folder of several splits."""
    try:
        import datasets
    except ImportError as error:
        raise MissingExtra.needed("reading a `datasets` folder", "torch") from error
    if (path / "dataset_dict.json").is_file():
        splits = json.loads((path / "dataset_dict.json").read_text("utf-8")).get("splits", [])
        named = ", ".join(str(Path(path.name) / str(split)) for split in splits)
        raise DataError([f"{path.name}: a folder of {len(splits)} splits"], f"Name one of them: {named}.")
    try:
        dataset = datasets.load_from_disk(str(path)).with_format(None)
    except Exception as error:  # the library raises many kinds for a damaged folder
        raise DataError([f"{path.name}: not a readable `datasets` folder: {error}"], "Save it again.") from error
    return _table(path.name, dataset.to_list(), dataset.features.to_dict())


def _table(name: str, rows: Sequence[Mapping[str, Any]], features: Mapping[str, Any]) -> Table:
    labelled = {column: feature for column, feature in features.items() if _has_names(feature)}
    return Table(
        name,
        [
            Row(
                f"{name}:{number}",
                {column: _named(value, labelled.get(column)) for column, value in row.items()},
            )
            for number, row in enumerate(rows, 1)
        ],
    )


def _element(feature: Any) -> Any:
    """Give the feature of a list's elements, or None where `feature` is no list."""
    if isinstance(feature, list):
        return feature[0]
    if isinstance(feature, Mapping) and feature.get("_type") in ("Sequence", "List", "LargeList"):
        return feature.get("feature")
    return None


def _has_names(feature: Any) -> bool:
    element = _element(feature)
    if element is not None:
        return _has_names(element)
    return isinstance(feature, Mapping) and feature.get("_type") == "ClassLabel"


def _named(value: Any, feature: Any) -> Any:
    """Turn class numbers into names; -1 stands for no label."""
    if feature is None or value is None:
        return value
    element = _element(feature)
    if element is not None:
        return [_named(item, element) for item in value]
    names: Sequence[str] = feature.get("names", ())
    return names[value] if 0 <= value < len(names) else None
