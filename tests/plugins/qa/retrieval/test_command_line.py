"""Pairs in, a ranking out, by commands alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from logged import FOUND_BY, pairs


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run a command in a home of its own."""
    home = tmp_path_factory.mktemp("home")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from trunkline.cli.main import main; main()", *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=home,
            env={**os.environ, "TRUNKLINE_HOME": str(home), "OMP_NUM_THREADS": "1", "TRUNKLINE_THREADS": "1"},
        )  # fmt: skip

    return run


def written(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return str(path)


@pytest.mark.slow
def test_tune_evaluate_predict(run: Any, tmp_path: Path, tiny_trunk: Path) -> None:
    refused = run("predict", "retrieval", "--texts", "a", "a query")
    assert refused.returncode == 3
    assert "no model of task 'retrieval'" in refused.stderr
    assert "tune or import one first" in refused.stderr
    train, test = written(tmp_path / "train.jsonl", pairs(240)), written(tmp_path / "test.jsonl", pairs(40, seed=1))
    tuned = run(
        "tune", "retrieval", "--name", "desk", "--data", train, "--dev", test, "--trunk", str(tiny_trunk),
        "--fork-layer", "1", "--epochs", "6", "--learning-rate", "5e-3", "--head-learning-rate", "2e-2",
        "--precision", "fp32", "--json",
    )  # fmt: skip
    assert tuned.returncode == 0, tuned.stderr
    assert json.loads(tuned.stdout)["metrics"]["mrr"]["value"] > 0.9
    wrong = tmp_path / "wrong.jsonl"
    measured = run("evaluate", "retrieval/desk", "--data", test, "--errors", str(wrong), "--json")
    assert measured.returncode == 0, measured.stderr
    figures = json.loads(measured.stdout)["metrics"]
    assert figures["ndcg@10"]["value"] > 0.9
    missed = [json.loads(line) for line in wrong.read_text().splitlines()]
    assert all(one["response"]["results"][0]["text"] != one["example"]["text"] for one in missed)
    shown = [word for text in FOUND_BY.values() for word in ("--texts", text)]
    asked = run("predict", "retrieval", "--model", "desk", *shown, "--top-k", "1", "--json", "the phone", "the card")
    assert asked.returncode == 0, asked.stderr
    best = [one["results"][0]["text"] for one in json.loads(asked.stdout)["results"]]
    assert best == [FOUND_BY["phone"], FOUND_BY["card"]]


def test_what_is_missing_is_asked_for_and_shown(run: Any) -> None:
    shown = run("predict", "retrieval", "--help").stdout
    assert "--texts 'Refunds take five days.' --texts" in " ".join(shown.split())
    told = run("predict", "retrieval", "a query")
    assert told.returncode == 2
    assert "either texts or the name of a knowledge_base" in told.stderr
