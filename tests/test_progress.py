"""Long work tells where it is to those who see no bar."""

from __future__ import annotations

import pytest

from trunkline.progress import Silent, Tenths


class Heard(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def test_each_tenth_is_told_once_and_neither_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tenths, "every", 0.0)
    heard = Heard()
    tenths = Tenths(heard, "predicting", 1000, 150)
    for done in range(150, 1001, 10):
        tenths.reached(done, f"{done} rows")
    expected = [f"predicting: {percent} %, {10 * percent} rows" for percent in range(20, 100, 10)]
    assert heard.lines == expected
    Tenths(heard, "nothing", 0).reached(0, "")
    assert heard.lines == expected


def test_quick_work_is_not_told_of() -> None:
    heard = Heard()
    tenths = Tenths(heard, "predicting", 10)
    for done in range(11):
        tenths.reached(done, "")
    assert heard.lines == []
