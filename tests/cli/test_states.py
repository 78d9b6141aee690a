"""An archive's states from the command line, and a real kill while they are computed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROWS = 6_000


def archive(path: Path, rows: int) -> Path:
    path.write_text(
        "".join(json.dumps({"id": i, "text": f"ada met karl in london {i} times"}) + "\n" for i in range(rows))
    )
    return path


def test_states_answer_for_texts(trunkline: Any, models: Path, tmp_path: Path) -> None:
    source, states = str(archive(tmp_path / "archive.jsonl", 30)), str(tmp_path / "states")
    built = trunkline(
        "states", "build", "--trunk", "tiny", "--layer", "2", "--input", source, "--output", states, "--dtype", "fp32",
        "--json",
    )  # fmt: skip
    assert "MiB of states" in built.err
    assert [built.json[name] for name in ("rows", "layer", "dtype", "resumed_at")] == [30, 2, "fp32", 0]
    shown = trunkline("states", "show", states, "--json").json
    del shown["folder"]
    assert shown == {name: built.json[name] for name in shown}
    assert "30 rows" in trunkline("states", "show", states).out
    for name, where in (("kept", ("--states", states)), ("texts", ("--input", source))):
        done = trunkline(
            "predict", "classification", "--model", "intents", *where, "--output", f"{tmp_path}/{name}.jsonl",
            "--top-k", "2", "--json",
        ).json  # fmt: skip
        assert (done["rows"], done["models"]) == (30, ["classification/intents@1"])
    for found, expected in zip(*(_lines(tmp_path / f"{name}.jsonl") for name in ("kept", "texts")), strict=True):
        assert [one["label"] for one in found["scores"]] == [one["label"] for one in expected["scores"]]
        assert found["score"] == pytest.approx(expected["score"], abs=1e-5)


def test_what_does_not_fit_is_told(trunkline: Any, models: Path, tmp_path: Path) -> None:
    source, states = str(archive(tmp_path / "a.jsonl", 3)), str(tmp_path / "states")
    out = str(tmp_path / "out.jsonl")
    build = ("states", "build", "--input", source, "--output", states)
    trunkline(*build, "--layer", "2", "--trunk", "tny").failed(3, "did you mean tiny")
    trunkline(*build, "--layer", "9").failed(2, "has no layer 9")
    trunkline(*build, "--layer", "2", "--dtype", "int8").failed(2, "'int8'")
    assert "3 rows" in trunkline(*build, "--layer", "2").out
    trunkline("predict", "ner", "--model", "tickets", "--states", states, "--output", out).failed(2, "at layer 1")
    trunkline("predict", "ner", "--states", states, "--input", source, "--output", out).failed(2, "--states")
    trunkline("predict", "ner", "--states", states, "--column", "text=a", "--output", out).failed(2, "--column")
    trunkline("predict", "ner", "a text", "--states", states, "--output", out).failed(2, "not both")
    trunkline("predict", "ner", "--states", f"{tmp_path}/none", "--output", out).failed(3, "states build")


@pytest.mark.slow
def test_kill_9_loses_and_doubles_nothing(models: Path, tmp_path: Path) -> None:
    source, states = archive(tmp_path / "archive.jsonl", ROWS), tmp_path / "states"
    part = tmp_path / "states.partial" / "shards.jsonl.part"
    command = [
        str(Path(sys.executable).with_name("trunkline")), "states", "build", "--layer", "2",
        "--input", str(source), "--output", str(states), "--json",
    ]  # fmt: skip
    environment = {**os.environ, "TRUNKLINE_HOME": str(models), "TRUNKLINE_THREADS": "1"}
    kills = 0
    while kills < 3:
        before = part.stat().st_size if part.exists() else 0
        child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        while child.poll() is None and (not part.exists() or part.stat().st_size <= before):
            time.sleep(0.005)
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
            kills += 1
        child.communicate()
        if states.exists():
            break
    assert kills >= 1
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    told = json.loads(done.stdout)
    assert (told["rows"], told["resumed_at"] > 0) == (ROWS, True), done.stderr
    output = tmp_path / "out.jsonl"
    command = [command[0], "predict", "classification", "--states", str(states), "--output", str(output)]
    subprocess.run(command, env=environment, capture_output=True, timeout=300, check=True)
    found = _lines(output)
    assert [(line["row"], line["id"]) for line in found] == [(number + 1, number) for number in range(ROWS)]


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]
