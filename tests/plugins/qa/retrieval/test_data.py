"""Pairs and click logs as they come, and requests as they are checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from trunkline import DataError, EncoderInput, InvalidInput, load_plugins
from trunkline.data.read import read_examples
from trunkline.data.split import split
from trunkline.testing import tiny_trunk
from trunkline_qa.retrieval.examples import RetrievalExample, RetrievalOptions
from trunkline_qa.retrieval.messages import RetrievalRequest
from trunkline_qa.retrieval.task import RetrievalTask

TASK = RetrievalTask()


def read(folder: Path, content: str, name: str = "log.csv") -> Any:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return read_examples(TASK, path, load_plugins())


def example(query: str = "q", text: str = "t", clicked: bool = True) -> RetrievalExample:
    return RetrievalExample(query=query, text=text, clicked=clicked)


def test_a_pair_is_right(tmp_path: Path) -> None:
    [one] = read(tmp_path, "query,text\nwhere?,here\n").items
    assert (one.query, one.text, one.right) == ("where?", "here", True)


@pytest.mark.parametrize("column", ["clicked", "label"])
def test_logs_under_either_name(tmp_path: Path, column: str) -> None:
    rows = read(tmp_path, f"query,text,{column}\na,b,1\na,c,0\na,d,\n").items
    assert [one.right for one in rows] == [True, False, True]
    lines = "\n".join(json.dumps({"query": "a", "text": "b", column: value}) for value in (1, 0, True, 0.0))
    rows = read(tmp_path, lines, "log.jsonl").items
    assert [one.right for one in rows] == [True, False, True, False]


def test_what_is_no_pair_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, "query,text,label\na,b,3\n ,b,1\na,b,1\n")
    assert "log.csv:2: label" in str(caught.value)
    assert "log.csv:3: query" in str(caught.value)
    assert "log.csv:4" not in str(caught.value)
    with pytest.raises(DataError, match="give one of them"):
        read(tmp_path, "query,text,label,clicked\na,b,1,1\n")


def test_rows_of_one_query_are_not_torn_apart(tmp_path: Path) -> None:
    rows = "".join(f"query {number // 4},text {number}\n" for number in range(200))
    train, dev = split(read(tmp_path, "query,text\n" + rows), TASK, 0.2, 0)
    assert {one.query for one in train.items}.isdisjoint({one.query for one in dev.items})
    assert (len(train), len(dev)) == (160, 40)


def test_data_that_teach_nothing_are_refused() -> None:
    for rows, told in (
        ([example(clicked=False), example(text="u", clicked=False)], "no row has a right text"),
        ([example(), example(query="r")], "all rows have one text"),
    ):
        with pytest.raises(DataError, match=told):
            TASK.check_training(rows, RetrievalOptions())
        with pytest.raises(DataError, match=told):
            TASK.head_config(rows, RetrievalOptions(), tiny_trunk().info)
    rows = [example(clicked=False), example(query="r", clicked=False)]
    assert [index for index, _ in TASK.check_examples(rows, {})] == [0, 1]
    assert TASK.check_examples([*rows, example()], {}) == []


def test_what_looks_wrong_is_told() -> None:
    told = TASK.warnings([example(), example(query="r", clicked=False), example(query="same", text="same")])
    assert told[0].startswith("1 of 3 queries have no clicked text")
    assert told[1].startswith("1 row(s) have the query itself")
    assert TASK.warnings([example()]) == []


def test_more_numbers_than_the_trunk_has_are_refused() -> None:
    rows = [example(), example(query="r", text="u")]
    with pytest.raises(InvalidInput, match="dimension 33: the trunk's states have 32"):
        TASK.head_config(rows, RetrievalOptions(dimension=33), tiny_trunk().info)


def test_targets_tell_query_from_text_and_equal_ones_alike() -> None:
    encoded = tiny_trunk().tokenizer.encode([EncoderInput("where?"), EncoderInput("here")])
    one, other = example("where?", "here"), example("when?", "here", clicked=False)
    asked, found = (TASK.targets(one, part, {}) for part in encoded)
    assert (int(asked["asks"]), int(found["asks"])) == (1, 0)
    assert {name: int(value) for name, value in asked.items() if name != "asks"} == {
        name: int(value) for name, value in found.items() if name != "asks"
    }
    elsewhere = TASK.targets(other, encoded[1], {})
    assert elsewhere["text"] == found["text"]
    assert elsewhere["query"] != found["query"]
    assert (int(found["clicked"]), int(elsewhere["clicked"])) == (1, 0)
    assert {np.asarray(value).dtype for value in found.values()} == {np.dtype(np.int64)}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"query": " "}, "query"),
        ({"texts": []}, "texts"),
        ({"texts": ["a", " \n"]}, "text 1 is blank"),
        ({"texts": ["a"] * 1001}, "texts"),
        ({"texts": None}, "either texts or the name of a knowledge_base"),
        ({"knowledge_base": "faq"}, "either texts or the name of a knowledge_base"),
        ({"texts": None, "knowledge_base": "../faq"}, "knowledge_base"),
        ({"top_k": 0}, "top_k"),
        ({"text": "a"}, "text"),
    ],
)
def test_what_cannot_be_asked(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        RetrievalRequest.model_validate({"query": "q", "texts": ["a", "b"], **change})
