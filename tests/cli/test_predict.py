"""Asking without a server: the same answers as in Python."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

import trunkline as library

TEXTS = ["ada met karl in london", "where is my order"]


def test_answers_are_those_of_python(trunkline: Any, models: Path) -> None:
    for task, name in (("ner", "tickets"), ("classification", "intents")):
        done = trunkline("predict", task, "--model", f"{name}@production", "--json", *TEXTS).json
        with library.load(f"{task}/{name}@production") as model:
            assert done["results"] == [answer.model_dump(mode="json") for answer in model.predict(TEXTS)]
        assert done["model"] == f"{task}/{name}@1"


def test_each_task_has_an_example_of_its_own(trunkline: Any) -> None:
    shown = {task: trunkline("predict", task, "--help").out for task in ("ner", "classification")}
    assert "trunkline predict ner --model NAME@production 'Ada Lovelace met Babbage in London.'" in shown["ner"]
    assert "Babbage" not in shown["classification"]
    assert "'My parcel is three days late, where is it?'" in shown["classification"]


def test_standard_input_line_by_line(trunkline: Any, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("a\r\né 🙂\n\nlast".encode())))
    assert len(trunkline("predict", "ner", "--json", "-").json["results"]) == 4


def test_another_encoding_is_told_by_its_line(trunkline: Any, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\nf\xfcr\n")))
    trunkline("predict", "ner", "-").failed(2, "standard input:2", "UTF-8")


def test_another_encoding_on_the_command_line_is_told_by_its_byte(trunkline: Any, models: Path) -> None:
    given = os.fsdecode(b"The caf\xe9 is open.")
    trunkline("predict", "ner", "a", given).failed(2, "text 2: not UTF-8 at character 7: byte 0xe9")
    trunkline("predict", "classification", "--pair", given, "a").failed(2, "--pair: not UTF-8", "0xe9")


def test_entities_stay_readable_without_a_terminal(trunkline: Any, models: Path) -> None:
    out = trunkline("predict", "ner", TEXTS[0]).out
    assert out.count("\n") == 1
    assert "\x1b" not in out
    assert "ada" in out


def test_request_fields_are_options(trunkline: Any, models: Path) -> None:
    done = trunkline("predict", "classification", "--top-k", "1", "--pair", "b", "--json", "a")
    assert len(done.json["results"][0]["scores"]) == 1
    trunkline("predict", "classification", "--top-k", "0", "a").failed(2, "--top-k")


@pytest.mark.parametrize(("model", "code"), [("tickts", 3), ("intents", 2), ("tickets@nope", 3), ("../x", 2)])
def test_an_unknown_model_is_told(trunkline: Any, models: Path, model: str, code: int) -> None:
    trunkline("predict", "ner", "--model", model, "a").failed(code)
