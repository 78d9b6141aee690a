"""Sides are timed in turn after their answers were compared; real children speak the protocol."""

from __future__ import annotations

import pytest
from benchmarks.speed import children, comparison
from benchmarks.speed.children import Child, Failed
from benchmarks.speed.comparison import compare
from benchmarks.speed.sides import Side

MODULE = "toy_side"
TOY = """
import json, os, sys
from benchmarks.speed.peers.protocol import serve

def workload(file):
    global asks
    asks = json.load(open(file))["asks"]

def run(label, answers=None):
    print("chatter of a library")
    if answers:
        with open(answers, "w") as file:
            json.dump({model: [[label, 1.0] for _ in wanted] for model, wanted in asks.items()}, file)
    with open(os.environ["TURNS"], "a") as turns:
        turns.write(label)
    return {"seconds": 2.0 if label == "x" else 1.0}

serve({"workload": workload, "run": run})
"""


@pytest.fixture
def toys(tmp_path, monkeypatch):
    (tmp_path / f"{MODULE}.py").write_text(TOY, encoding="utf-8")
    monkeypatch.setattr(children, "MADE", tmp_path)
    monkeypatch.setattr(comparison, "REST", 0.0)
    monkeypatch.setattr(comparison, "WARM_TEXTS", 1)
    path = f"{tmp_path}:{children.ROOT}"

    def side(name, label):
        start = lambda: Child(name, MODULE, PYTHONPATH=path, TURNS=str(tmp_path / "turns"))  # noqa: E731
        return Side(name, start, {"label": label})

    return side


def test_sides_take_turns(toys, tmp_path):
    found = compare([toys("ours", "x"), toys("theirs", "x")], ["a text"], {"model": [0]}, rounds=2)
    assert found["agreement"] == {"theirs": 1.0}
    assert found["samples"] == {"ours": [2.0, 2.0], "theirs": [2.0, 2.0]}
    assert (tmp_path / "turns").read_text() == "x" * 6


def test_a_side_that_answers_otherwise_is_refused_and_not_timed(toys):
    found = compare([toys("ours", "x"), toys("wrong", "y")], ["a text"], {"model": [0]}, rounds=1)
    assert found["refused"] == {"wrong": 0.0}
    assert found["medians"] == {"ours": 2.0}


def test_what_a_child_cannot_do_is_told(toys):
    with toys("ours", "x").start() as child, pytest.raises(Failed, match="KeyError"):
        child.ask("dance")
