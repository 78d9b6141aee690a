"""Rows of tokens with tags, as JSON lines, Parquet and `datasets` folders hold them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import datasets
import pytest

from trunkline import DataError
from trunkline_ner.plugin import read_examples

TOKENS = [["Ada", "Lovelace", "in", "London"], ["nothing"]]
TAGS = [["B-PER", "I-PER", "O", "B-LOC"], ["O"]]
NAMES = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
EXPECTED = [
    ("Ada Lovelace in London", [(0, 12, "PER"), (16, 22, "LOC")]),
    ("nothing", []),
]


def read(path: Path) -> list[tuple[str, list[tuple[int, int, str]]]]:
    rows = read_examples("ner", path)
    assert rows is not None
    return [(row["text"], [(e["start"], e["end"], e["label"]) for e in row["entities"]]) for row in rows]


def dataset(column: str = "ner_tags", classes: bool = True) -> Any:
    tags: Any = [[NAMES.index(tag) for tag in row] for row in TAGS] if classes else TAGS
    element = datasets.ClassLabel(names=NAMES) if classes else datasets.Value("string")
    features = datasets.Features(
        {
            "id": datasets.Value("string"),
            "tokens": datasets.List(datasets.Value("string")),
            column: datasets.List(element),
        }
    )
    return datasets.Dataset.from_dict({"id": ["0", "1"], "tokens": TOKENS, column: tags}, features=features)


@pytest.mark.parametrize("column", ["tags", "ner_tags", "labels"])
@pytest.mark.parametrize("classes", [True, False])
def test_a_saved_dataset_is_read(tmp_path: Path, column: str, classes: bool) -> None:
    dataset(column, classes).save_to_disk(str(tmp_path / "train"))
    assert read(tmp_path / "train") == EXPECTED


def test_the_only_split_is_taken_and_of_several_one_must_be_named(tmp_path: Path) -> None:
    datasets.DatasetDict({"train": dataset()}).save_to_disk(str(tmp_path / "one"))
    datasets.DatasetDict({"train": dataset(), "test": dataset()}).save_to_disk(str(tmp_path / "two"))
    assert read(tmp_path / "one") == EXPECTED
    assert read(tmp_path / "two" / "test") == EXPECTED
    with pytest.raises(DataError, match=r"two: a folder of 2 splits\nName one of them: two/train, two/test\."):
        read_examples("ner", tmp_path / "two")


def test_a_dataset_of_texts_is_left_to_the_platform(tmp_path: Path) -> None:
    datasets.Dataset.from_dict({"text": ["a"], "entities": [[]]}).save_to_disk(str(tmp_path / "texts"))
    datasets.DatasetDict(
        {name: datasets.Dataset.from_dict({"text": ["a"], "entities": [[]]}) for name in ("train", "test")}
    ).save_to_disk(str(tmp_path / "splits"))
    assert read_examples("ner", tmp_path / "texts") is None
    assert read_examples("ner", tmp_path / "splits") is None


@pytest.mark.parametrize("classes", [True, False])
def test_parquet_is_read_with_its_class_names(tmp_path: Path, classes: bool) -> None:
    dataset(classes=classes).to_parquet(str(tmp_path / "train.parquet"))
    assert read(tmp_path / "train.parquet") == EXPECTED


def lines(folder: Path, *rows: Any) -> Path:
    path = folder / "train.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_json_lines_are_read(tmp_path: Path) -> None:
    assert read(lines(tmp_path, *({"tokens": t, "tags": g} for t, g in zip(TOKENS, TAGS, strict=True)))) == EXPECTED


def test_every_bad_row_is_told_with_its_line(tmp_path: Path) -> None:
    path = lines(
        tmp_path,
        {"tokens": ["Ada"], "tags": ["O"]},
        {"tokens": ["Ada", "met"], "tags": ["O"]},
        {"tokens": ["Ada"], "tags": [1]},
        {"tokens": ["Ada", "b"], "tags": ["B-PER", "LOC"]},
        ["no object"],
    )
    with pytest.raises(DataError) as caught:
        read_examples("ner", path)
    problems = caught.value.problems
    assert [problem.split(": ")[0] for problem in problems] == [f"train.jsonl:{line}" for line in (2, 3, 4, 5)]
    assert "2 tokens have 1 tags" in problems[0]
    assert "names of their classes" in problems[1]


def test_broken_json_is_told_with_its_line(tmp_path: Path) -> None:
    path = lines(tmp_path, {"tokens": ["Ada"], "tags": ["O"]})
    path.write_text(path.read_text() + "{")
    with pytest.raises(DataError, match=r"train.jsonl:2: not JSON"):
        read_examples("ner", path)


@pytest.mark.parametrize("content", [b"{", b"[1]\n", b"\xff\n", b'{"text": "a", "tokens": [], "tags": []}\n', b""])
def test_other_json_is_left_to_the_platform(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    assert read_examples("ner", path) is None


def test_right_rows_are_given_beside_the_bad_ones(tmp_path: Path) -> None:
    path = lines(tmp_path, {"tokens": ["Ada"], "tags": ["O"]}, {"tokens": ["Ada"], "tags": []})
    path.write_text(path.read_text() + '\n{\n{"tokens": ["met"], "tags": ["O"]}')
    with pytest.raises(DataError) as caught:
        read_examples("ner", path)
    assert len(caught.value.problems) == caught.value.bad_rows == 2
    assert [row["text"] for row in caught.value.rows] == ["Ada", "met"]
