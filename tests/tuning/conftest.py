"""A quick way to tune, and a progress that remembers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import trunkline
from trunkline.progress import Silent
from trunkline.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))  # tests here import `labelled` and `interruptions` beside this file

from labelled import Rows, labelled_rows


class Lines(Silent):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def told() -> Lines:
    return Lines()


@pytest.fixture
def rows() -> Rows:
    return labelled_rows()


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home, threads=1)


@pytest.fixture
def tune(tiny_trunk: Path, settings: Settings, rows: Rows) -> Callable[..., trunkline.tuning.tune.TuningResult]:
    """`trunkline.tune` on the small data set, two epochs in fp32; keywords change any of it."""

    def tuned(**changes: Any) -> Any:
        wish = {
            "name": "intents",
            "data": rows,
            "dev": 0.2,
            "trunk": tiny_trunk,
            "epochs": 2,
            "precision": "fp32",
            "settings": settings,
        }
        return trunkline.tune("classification", **(wish | changes))

    return tuned
