"""SQuAD's JSON in, answers out, by commands alone."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PLACES = ["london", "paris", "tokyo", "berlin"]
THINGS = ["order", "refund", "parcel", "invoice"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run a command in a home of its own."""
    home = tmp_path_factory.mktemp("home")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from trunkline.cli.main import main; main()", *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=home,
            env={**os.environ, "TRUNKLINE_HOME": str(home), "OMP_NUM_THREADS": "1"},
        )  # fmt: skip

    return run


def squad(path: Path, paragraphs: int, seed: int) -> Path:
    source, made = random.Random(seed), []
    for number in range(paragraphs):
        place = source.choice(PLACES)
        context = f"my {source.choice(THINGS)} is in {place} ."
        answer = {"text": place, "answer_start": context.index(place)}
        made.append(
            {
                "context": context,
                "qas": [
                    {"id": f"{number}a", "question": "where ?", "answers": [answer], "is_impossible": False},
                    {"id": f"{number}b", "question": "who ?", "answers": [], "is_impossible": True},
                ],
            }
        )
    path.write_text(json.dumps({"version": "v2.0", "data": [{"title": "t", "paragraphs": made}]}), encoding="utf-8")
    return path


@pytest.mark.slow
def test_tune_evaluate_predict(run: Any, tmp_path: Path, tiny_trunk: Path) -> None:
    train, test = squad(tmp_path / "train.json", 120, 0), squad(tmp_path / "test.json", 10, 1)
    tuned = run(
        "tune", "qa", "--name", "desk", "--data", str(train), "--dev", "0.2", "--trunk", str(tiny_trunk),
        "--fork-layer", "0", "--epochs", "10", "--learning-rate", "2e-3", "--json",
    )  # fmt: skip
    assert tuned.returncode == 0, tuned.stderr
    assert json.loads(tuned.stdout)["metrics"]["f1"]["value"] > 0.8
    measured = run("evaluate", "qa/desk", "--data", str(test), "--json")
    assert measured.returncode == 0, measured.stderr
    assert {"f1", "exact_match", "HasAns_f1", "NoAns_f1"} <= set(json.loads(measured.stdout)["metrics"])
    asked = run("predict", "qa", "--model", "desk", "--context", "my order is in paris .", "--json", "where ?", "who ?")
    assert [one["answer"] for one in json.loads(asked.stdout)["results"]] == ["paris", None]
    shown = run("predict", "qa", "--model", "desk", "--context", "my order is in paris .", "where ?")
    assert "answer paris" in shown.stdout
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        "\n".join(json.dumps({"question": "where ?", "context": f"my refund is in {one} ."}) for one in PLACES)
    )
    whole = run("predict", "qa", "--model", "desk", "--input", str(rows), "--output", str(tmp_path / "out.jsonl"))
    assert whole.returncode == 0, whole.stderr
    found = [json.loads(line)["answer"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert found == PLACES


def test_a_context_that_is_missing_is_asked_for(run: Any) -> None:
    assert "--context" in run("predict", "qa", "--help").stdout
    told = run("predict", "qa", "where ?")
    assert told.returncode == 2
    assert "--context" in told.stderr
