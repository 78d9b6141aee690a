"""Running the command line in this process, over a home with two random models."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from trunkline import load_plugins
from trunkline.cli.main import run
from versions import home_with_models


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output, which must be exactly one JSON object on one line."""
        assert self.out.endswith("\n")
        assert self.out.count("\n") == 1
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    def failed(self, code: int, *told: str) -> None:
        """Assert that it failed in one line on standard error, without a traceback."""
        assert self.code == code, self.err
        assert self.err.startswith("trunkline: ")
        assert "Traceback" not in self.err
        for part in told:
            assert part in self.err


Trunkline = Callable[..., Done]


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory, tiny_trunk: Path) -> Path:
    return home_with_models(tmp_path_factory.mktemp("made") / "home", tiny_trunk, load_plugins())


@pytest.fixture
def models(made_home: Path, home: Path) -> Path:
    """A TRUNKLINE_HOME of the test's own with classification/intents and ner/tickets in it."""
    shutil.copytree(made_home, home)
    return home


@pytest.fixture
def trunkline(home: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Trunkline:
    """Run one command line in this process."""
    monkeypatch.setenv("TRUNKLINE_THREADS", "1")

    def command(*arguments: str) -> Done:
        capfd.readouterr()
        code = run(arguments)
        captured = capfd.readouterr()
        return Done(code, captured.out, captured.err)

    return command
