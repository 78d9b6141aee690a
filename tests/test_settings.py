from __future__ import annotations

import os

import pytest
from pydantic import ValidationError

from trunkline.cli.main import run
from trunkline.settings import MOST_THREADS, Settings


def test_threads_have_a_limit() -> None:
    assert max(64, os.cpu_count() or 1) <= MOST_THREADS
    assert Settings(threads=MOST_THREADS).threads == MOST_THREADS
    for threads in (0, MOST_THREADS + 1):
        with pytest.raises(ValidationError, match=f"{threads} threads lie outside 1 to {MOST_THREADS}"):
            Settings(threads=threads)


def test_the_command_line_tells_a_bad_variable_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRUNKLINE_THREADS", "100000")
    assert run(["models", "list"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert f"TRUNKLINE_THREADS: 100000 threads lie outside 1 to {MOST_THREADS}" in line
