"""An estimate from the command line: classification forks at 2, ner at 1 of 3 layers, each with one layer."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

LINES = [
    {"text": "where is my order", "task": "classification", "tokens": 6},
    {"text": "where is my order", "task": "ner", "tokens": 6},
    {"text": "lost card", "model": "tickets@1", "tokens": 4},
]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "traffic.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    return path


def test_figures_are_those_of_a_sum_by_hand(trunkline: Any, models: Path, log: Path) -> None:
    """Whole 3 x 16. Shared: 6 x (2 + 1 + 1) + 4 x (1 + 1) = 32. Alone: 6 x 3 + 6 x 2 + 4 x 2 = 38."""
    found = trunkline("estimate", "--log", str(log), "--no-measure", "--json").json
    assert (found["requests"], found["texts"], found["texts_of_several_tasks"], found["passes"]) == (3, 2, 0.5, 2)
    assert found["layers_a_token"] == {"whole": 3.0, "alone": 38 / 16, "shared": 2.0}
    assert found["factor"] == pytest.approx(48 / 32)
    assert found["factor_of_sharing"] == pytest.approx(38 / 32)
    assert 0 < found["memory_bytes"]["shared"] < found["memory_bytes"]["whole"]
    assert "cores" not in found
    assert found["verdict"][0].startswith("Sharing pays")


def test_cores_are_measured_and_grow_with_the_rate(trunkline: Any, models: Path, log: Path) -> None:
    found = trunkline("estimate", "--log", str(log), "--rate", "100", "--json").json
    cost = found["milliseconds_a_layer_and_token"]["tiny"] / 1000
    assert found["cores"]["whole"] == pytest.approx(100 / 3 * 48 * cost)
    assert found["cores"]["shared"] == pytest.approx(100 / 3 * 32 * cost)
    told = trunkline("estimate", "--log", str(log), "--rate", "100").out
    for part in ("ner/tickets@1", "layers a token", "cores busy at 100.0/s", "Sharing pays"):
        assert part in told


def test_standard_input_and_bad_lines(
    trunkline: Any, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def given(*lines: str) -> None:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO("\n".join(lines).encode())))

    options = ("--no-measure", "--column", "task=service", "--json")
    given('{"text": "a", "service": "ner"}', '{"text": "b", "service": "classification"}')
    assert trunkline("estimate", "--log", "-", *options).json["requests"] == 2
    given('{"text": "a", "service": "ner"}', '{"text": "b"}', "{")
    done = trunkline("estimate", "--log", "-", *options)
    assert done.code == 2
    assert "standard input:2: neither task nor model" in done.err
    assert "standard input:3: not JSON" in done.err


def test_what_cannot_be_estimated_is_told(trunkline: Any, models: Path, log: Path, tmp_path: Path) -> None:
    estimate = ("estimate", "--no-measure", "--log")
    trunkline(*estimate, "none.jsonl").failed(3, "none.jsonl")
    trunkline(*estimate, str(log), "--rate", "0").failed(2, "a rate lies above 0")
    for option, told in (("--rate", "is at most 1000000000"), ("--within", "between 0 and 100000000000")):
        trunkline(*estimate, str(log), option, "inf", "--json").failed(2, f"{option} inf", told)
    trunkline(*estimate, str(log), "--versions", "tickets").failed(2, "traffic.jsonl:1", "none of the versions named")
    (tmp_path / "empty.jsonl").touch()
    trunkline(*estimate, str(tmp_path / "empty.jsonl")).failed(2, "no requests")


def test_nothing_registered_is_told(trunkline: Any, log: Path) -> None:
    trunkline("estimate", "--log", str(log)).failed(3, "no version is registered")
