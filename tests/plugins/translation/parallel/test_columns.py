"""A column of texts by language, in every file that has columns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, Features, Translation, TranslationVariableLanguages, Value

from trunkline import DataError
from trunkline_translation.parallel.reading import read

ROWS = [{"translation": {"en": "one", "pt": "um"}}, {"translation": {"en": "two", "pt": "dois"}}]


def written(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def texts(path: Path) -> list[tuple[str, str]]:
    rows = read(path)
    assert rows is not None
    return [(row["source"], row["target"]) for row in rows]


@pytest.mark.parametrize("name", ["rows.jsonl", "stdin", "rows.json"])
def test_json_lines_are_read(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, ROWS)
    if name == "rows.json":
        path.write_text(json.dumps(ROWS))
    assert texts(path) == [("one", "um"), ("two", "dois")]
    assert texts(tmp_path / f"{name}:pt-en") == [("um", "one"), ("dois", "two")]


def test_a_datasets_folder_and_its_parquet_are_read(tmp_path: Path) -> None:
    features = Features({"id": Value("string"), "translation": Translation(languages=["en", "pt"])})
    rows = [{"id": str(number), **row} for number, row in enumerate(ROWS)]
    dataset = Dataset.from_list(rows, features=features)
    dataset.save_to_disk(tmp_path / "folder")
    dataset.to_parquet(tmp_path / "rows.parquet")
    for name in ("folder", "rows.parquet"):
        assert texts(tmp_path / name) == [("one", "um"), ("two", "dois")]
        assert texts(tmp_path / f"{name}:pt-en") == [("um", "one"), ("dois", "two")]


def test_variable_languages_give_references(tmp_path: Path) -> None:
    features = Features({"translation": TranslationVariableLanguages(languages=["de", "en", "pt"])})
    given = features["translation"].encode_example({"en": "one", "pt": ["um", "uma"]})
    Dataset.from_list([{"translation": given}], features=features).save_to_disk(tmp_path / "folder")
    (row,) = read(tmp_path / "folder") or []
    assert (row["source"], row["target"], row["references"]) == ("one", "um", ["uma"])


def test_every_bad_row_is_told_and_the_others_are_given(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.jsonl", [*ROWS, {"translation": {"en": "x"}}, {"translation": "x"}, {"id": 1}])
    path.write_text(path.read_text() + "{\n")
    with pytest.raises(DataError) as caught:
        read(path)
    assert [problem.partition(": ")[0] for problem in caught.value.problems] == [
        "rows.jsonl:6",
        "rows.jsonl:4",
        "rows.jsonl:5",
        "rows.jsonl:3",
    ]
    assert caught.value.bad_rows == 4
    assert len(caught.value.rows or ()) == 2


OTHERS = [
    {"source": "a", "target": "b"},
    {"text": "a", "translation": "b"},
    {"source": '"translation"', "target": "b"},
]


@pytest.mark.parametrize("row", OTHERS)
def test_other_rows_are_left_to_others(tmp_path: Path, row: dict[str, Any]) -> None:
    assert read(written(tmp_path / "rows.jsonl", [row])) is None
    Dataset.from_list([row]).save_to_disk(tmp_path / "folder")
    assert read(tmp_path / "folder") is None
    Dataset.from_list([row]).to_parquet(tmp_path / "rows.parquet")
    assert read(tmp_path / "rows.parquet") is None


def test_languages_of_a_file_without_them_are_an_error(tmp_path: Path) -> None:
    written(tmp_path / "rows.jsonl", [{"source": "a", "target": "b"}])
    with pytest.raises(DataError, match=r"rows.jsonl: its format has no languages to choose from, such as en-pt"):
        read(tmp_path / "rows.jsonl:en-pt")


def test_broken_files_are_left_to_the_platform_to_tell(tmp_path: Path) -> None:
    (tmp_path / "rows.parquet").write_bytes(b"PAR1 and no more")
    assert read(tmp_path / "rows.parquet") is None
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "dataset_info.json").write_text("{")
    assert read(tmp_path / "folder") is None
