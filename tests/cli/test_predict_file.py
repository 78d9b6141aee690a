"""Whole files from the command line, and a real kill in the middle of one."""

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

from trunkline.prediction import asking
from trunkline.prediction.journal import Journal
from trunkline.progress import Tenths

ROWS = 6000


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": f"ada met karl in london {number}"}) + "\n" for number in range(ROWS)))
    return path


def test_a_file_and_who_answered_it(trunkline: Any, models: Path, tmp_path: Path) -> None:
    source, output = tmp_path / "texts.csv", tmp_path / "out.jsonl"
    source.write_text("id,message\n7,ada met karl in london\n8,where is my order\n")
    files = ("--input", str(source), "--output", str(output), "--column", "text=message")
    done = trunkline("predict", "ner", "--model", "tickets@production", *files, "--json").json
    assert done == {
        "output": str(output), "rows": 2, "resumed_at": 0, "problems": 0, "models": ["ner/tickets@1"],
        "backend": "torch", "precision": "fp32",
    }  # fmt: skip
    assert json.loads(output.read_text().splitlines()[0])["id"] == "7"
    told = trunkline("predict", "ner", "--model", "tickets@1", *files, "--overwrite")
    assert "2 rows in" in told.out
    assert "by ner/tickets@1 on torch in fp32" in told.out
    twice = trunkline("predict", "ner", "--model", "tickets@1", "--model", "tickets", *files, "--overwrite")
    twice.failed(2, "tickets@1 and tickets, both ner/tickets@1, stands there twice")


def test_a_file_name_that_is_not_utf8(trunkline: Any, models: Path, tmp_path: Path) -> None:
    source, output = tmp_path / "a\udcff.csv", tmp_path / "out\udcff.jsonl"
    source.write_text("text\nada met karl\n")
    files = ("--input", str(source), "--output", str(output))
    assert "1 rows in" in trunkline("predict", "ner", *files).out
    assert trunkline("predict", "ner", *files, "--overwrite", "--json").json["rows"] == 1
    states = str(tmp_path / "states\udcff")
    assert "1 rows" in trunkline("states", "build", "--layer", "1", "--input", str(source), "--output", states).out
    assert "1 rows" in trunkline("states", "show", states).out


def test_what_does_not_belong_together(trunkline: Any, models: Path, source: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out.jsonl")
    trunkline("predict", "ner", "--input", str(source)).failed(2, "--input goes with --output", "give both")
    trunkline("predict", "ner", "--states", str(tmp_path)).failed(2, "--states goes with --output", "give both")
    trunkline("predict", "ner", "--output", out).failed(2, "--input FILE or --states DIR: give one of the two")
    both = ("--input", str(source), "--states", str(tmp_path), "--output", out)
    trunkline("predict", "ner", *both).failed(2, "are two inputs: give one of the two")
    trunkline("predict", "ner", "a text", "--input", str(source), "--output", out).failed(2, "not both")
    trunkline("predict", "ner").failed(2, "no text")
    trunkline("predict", "ner", "--model", "a", "--model", "b", "text").failed(2, "whole file")
    trunkline("predict", "ner", "--input", "none.jsonl", "--output", out).failed(3, "none.jsonl")
    trunkline("predict", "ner", "--input", str(source), "--output", str(source)).failed(5, "--overwrite")
    trunkline("predict", "ner", "--input", str(source), "--output", f"{tmp_path}/no/out.jsonl").failed(2, "no folder")


def test_ctrl_c_keeps_what_is_done_and_progress_is_told_without_a_terminal(
    trunkline: Any, models: Path, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tenths, "every", 0.0)
    monkeypatch.setattr(asking, "CHUNK", 200)
    command = ("predict", "ner", "--input", str(source), f"--output={tmp_path}/out.jsonl")
    source.write_text("".join(source.read_text().splitlines(keepends=True)[:400]))
    append, appended = Journal.append, []

    def interrupted_at_the_second(self: Any, lines: Any) -> None:
        appended.append(self)
        if len(appended) == 2:
            raise KeyboardInterrupt
        append(self, lines)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", interrupted_at_the_second)
        stopped = trunkline(*command)
    assert stopped.code == 130
    first, last = stopped.err.splitlines()
    assert first in [f"predicting: {percent} %, 200 rows" for percent in (40, 50)]
    assert last == "trunkline: interrupted; the rows that are done are kept; the same command goes on where it stopped"
    done = trunkline(*command)
    assert "predicting: going on after 200 rows of an earlier run" in done.err
    assert "400 rows in" in done.out


@pytest.mark.slow
def test_two_runs_on_one_output_do_not_mix(models: Path, source: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    command = [
        str(Path(sys.executable).with_name("trunkline")), "predict", "ner", "--model", "tickets",
        "--input", str(source), "--output", str(output),
    ]  # fmt: skip
    environment = {**os.environ, "TRUNKLINE_HOME": str(models), "TRUNKLINE_THREADS": "1"}
    children = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [child.communicate(timeout=300)[1] for child in children]
    assert sorted(child.returncode for child in children) == [0, 5], told
    assert any("another process is writing" in err or "exists" in err for err in told)
    assert [json.loads(line)["row"] for line in output.read_text().splitlines()] == list(range(1, ROWS + 1))


@pytest.mark.slow
def test_kill_9_loses_and_doubles_nothing(models: Path, source: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    part = tmp_path / "out.jsonl.part"
    command = [
        str(Path(sys.executable).with_name("trunkline")), "predict", "ner", "--model", "tickets",
        "--input", str(source), "--output", str(output), "--json",
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
        if output.exists():
            break
    assert kills >= 1
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    found = [json.loads(line) for line in output.read_text().splitlines()]
    assert [line["row"] for line in found] == list(range(1, ROWS + 1)), done.stderr
    assert json.loads(done.stdout)["resumed_at"] > 0
    assert not part.exists()
