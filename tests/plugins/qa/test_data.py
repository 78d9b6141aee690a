"""Labelled data as it comes: SQuAD's JSON, rows, `datasets`' columns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from trunkline import DataError, load_plugins
from trunkline.data.read import read_examples
from trunkline.data.split import split
from trunkline.progress import Silent
from trunkline_qa.examples import QAExample
from trunkline_qa.task import QuestionAnsweringTask

CONTEXT = "Lost parcels are refunded within five days."
TASK = QuestionAnsweringTask()


def squad(*questions: dict) -> dict:
    return {"version": "v2.0", "data": [{"title": "t", "paragraphs": [{"context": CONTEXT, "qas": list(questions)}]}]}


def written(folder: Path, name: str, content: object) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_squad_of_both_versions(tmp_path: Path) -> None:
    asked = squad(
        {"id": 7, "question": "When?", "answers": [{"text": "within five days", "answer_start": 26}]},
        {"id": "b", "question": "Who?", "answers": [{"text": "nobody", "answer_start": 0}], "is_impossible": True},
    )
    found = read_examples(TASK, written(tmp_path, "train.json", asked), load_plugins())
    assert [one.id for one in found.items] == ["7", "b"]
    assert found.items[0].texts == ("within five days",)
    assert found.items[1].answers == []
    assert "data[0].paragraphs[0].qas[1]" in found.places[1]


def test_rows_and_columns_of_datasets(tmp_path: Path) -> None:
    rows = [
        {"question": "When?", "context": CONTEXT, "answers": [{"text": "five days", "start": 33}]},
        {"question": "When?", "context": CONTEXT, "answers": {"text": ["five days"], "answer_start": [33]}},
        {"question": "Who?", "context": CONTEXT, "answers": {"text": [], "answer_start": []}},
    ]
    path = written(tmp_path, "rows.jsonl", "\n".join(map(json.dumps, rows)))
    assert [one.texts for one in read_examples(TASK, path, load_plugins()).items] == [("five days",)] * 2 + [()]


def test_every_answer_that_does_not_stand_there_is_told(tmp_path: Path) -> None:
    asked = squad(
        {"question": "When?", "answers": [{"text": "within five days", "answer_start": 25}]},
        {"question": "When?", "answers": [{"text": "five days", "answer_start": 33}]},
        {"question": "When?", "answers": [{"text": "five days", "answer_start": 999}]},
    )
    with pytest.raises(DataError) as caught:
        read_examples(TASK, written(tmp_path, "bad.json", asked), load_plugins())
    assert "qas[0]" in str(caught.value)
    assert "' within five day' at 25, not 'within five days'" in str(caught.value)
    assert "qas[2]" in str(caught.value)
    assert "qas[1]" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"data": [', "not JSON"),
        ({"data": 3}, "no list `data`"),
        ({"data": [{"paragraphs": 3}]}, "no list `paragraphs`"),
        ({"data": [{"paragraphs": [{"context": 3, "qas": []}]}]}, "a text `context`"),
        ({"data": [{"paragraphs": [{"context": "c", "qas": [{"question": 1}]}]}]}, "a text `question`"),
        ({"data": [{"paragraphs": []}]}, "no question in it"),
    ],
)
def test_files_that_are_no_squad(tmp_path: Path, content, told: str) -> None:
    with pytest.raises(DataError, match=told):
        read_examples(TASK, written(tmp_path, "bad.json", content), load_plugins())


def test_blank_questions_and_answers_are_refused() -> None:
    for row in ({"question": " ", "context": "c", "answers": []},
                {"question": "q", "context": "c", "answers": [{"text": " ", "start": 0}]}):  # fmt: skip
        with pytest.raises(ValidationError):
            QAExample.model_validate(row)


def test_questions_about_one_context_are_not_torn_apart(tmp_path: Path) -> None:
    rows = [
        {"question": f"question {number}?", "context": f"context {number // 5}", "answers": []} for number in range(100)
    ]
    path = written(tmp_path, "rows.jsonl", "\n".join(map(json.dumps, rows)))
    train, dev = split(read_examples(TASK, path, load_plugins()), TASK, 0.2, 0)
    assert {one.context for one in train.items}.isdisjoint({one.context for one in dev.items})
    assert (len(train), len(dev)) == (80, 20)


def test_right_questions_are_read_beside_broken_ones_where_these_are_left_out(tmp_path: Path) -> None:
    class Lines(Silent):
        lines: ClassVar[list[str]] = []

        def say(self, line: str) -> None:
            self.lines.append(line)

    right = {"question": "q?", "answers": [{"text": "a", "answer_start": 0}]}
    wrong = {"question": "q?", "answers": [{"text": "a", "answer_start": 2}]}
    asked = {"data": [{"paragraphs": [{"context": "a b", "qas": [right, {"question": 1}, wrong]}, {"context": 3}]}]}
    path = written(tmp_path, "train.json", asked)
    found = read_examples(TASK, path, load_plugins(), dropping=Lines())
    assert (len(found), found.dropped) == (1, 3)
    assert "qas[1]" in Lines.lines[0]


@pytest.mark.parametrize(
    "answers",
    [{"text": ["order"], "answer_start": 7}, {"text": 5, "answer_start": 3}, {"text": "or", "answer_start": [3, 4]}],
)
def test_columns_that_are_no_lists_are_told(answers: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="a list of `text` and one of as many `answer_start`"):
        QAExample.model_validate({"question": "q", "context": "my order", "answers": answers})
