from __future__ import annotations

import subprocess
import sys
import textwrap
from datetime import UTC, datetime

import pytest

import trunkline
from trunkline.records import BranchSpec, Version
from trunkline.settings import Settings
from trunkline.store.registry import Registry
from trunkline.tuning.attempt import recorded
from trunkline.tuning.config import TuneConfig

CONFIG = TuneConfig(task="ner", name="tickets")
VERSION = Version(
    task="ner",
    name="tickets",
    trunk_id="a" * 64,
    tuning="head",
    branch=BranchSpec(fork_layer=3, branch_layers=0),
    head_config={},
    number=1,
    created_at=datetime.now(UTC),
)


@pytest.mark.parametrize(("error", "state"), [(KeyboardInterrupt(), "stopped"), (ValueError("odd"), "failed")])
def test_how_a_run_ended_is_recorded(settings: Settings, error: BaseException, state: str) -> None:
    with trunkline.registry(settings) as registry:
        with pytest.raises(type(error)):
            attempt_once(registry, settings, error)
        [run] = registry.runs()
        assert (run.state, run.settings["name"]) == (state, "tickets")
    assert not list((settings.cache / "attempts").iterdir())


def test_a_killed_process_is_noticed_by_the_next_run_and_a_living_one_left_alone(settings: Settings) -> None:
    program = """
        import os, signal, sys
        from pathlib import Path
        import trunkline
        from trunkline.settings import Settings
        from trunkline.tuning.attempt import recorded
        from trunkline.tuning.config import TuneConfig
        settings = Settings(home=Path(sys.argv[1]))
        with trunkline.registry(settings) as registry:
            with recorded(registry, TuneConfig(task="ner", name="tickets"), settings.cache):
                print("running", flush=True)
                sys.stdin.read()
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(settings.home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "running\n"
        with trunkline.registry(settings) as registry:
            attempt_once(registry, settings)
            assert [run.state for run in registry.runs()] == ["succeeded", "running"]
            other.kill()
            other.wait()
            attempt_once(registry, settings)
            assert [run.state for run in registry.runs()] == ["succeeded", "succeeded", "stopped"]


def attempt_once(registry: Registry, settings: Settings, error: BaseException | None = None) -> None:
    """A run that ends in `error`, or like any other."""
    with recorded(registry, CONFIG, settings.cache) as attempt:
        assert registry.runs()[0].state == "running"
        assert attempt.scratch.is_dir()
        if error is not None:
            raise error
        attempt.version = VERSION
