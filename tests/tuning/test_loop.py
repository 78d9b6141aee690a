"""The loop through its door: what it promises is about whole runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import interruptions
import pytest

import trunkline
from trunkline import hookimpl, load_plugins
from trunkline.errors import InvalidInput
from trunkline.progress import Silent
from trunkline.settings import Settings
from trunkline_classification.plugin import ClassificationTask


def struck(how: str, trunk: Path, home: Path, times: int) -> dict[str, Any]:
    program = [sys.executable, interruptions.__file__, how, str(trunk), str(home), str(times)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_a_run_killed_ten_times_ends_in_the_same_weights(tiny_trunk: Path, tmp_path: Path) -> None:
    """kill -9 at random times, a checkpoint after every batch: the same bits as the uninterrupted run."""
    story = struck("kill", tiny_trunk, tmp_path / "killed", 10)
    assert story["codes"] == [-9] * 10
    resumed = interruptions.tune(tiny_trunk, tmp_path / "killed").version
    whole = interruptions.tune(tiny_trunk, tmp_path / "whole").version
    assert resumed.artifacts["branch"] == whole.artifacts["branch"]
    assert resumed.head_config == whole.head_config
    with trunkline.registry(Settings(home=tmp_path / "killed")) as registry:
        assert [run.state for run in registry.runs()] == ["succeeded", *["stopped"] * 10]
        assert [version.number for version in registry.versions()] == [1]


@pytest.mark.slow
def test_ctrl_c_registers_nothing_and_can_be_gone_on_with(tiny_trunk: Path, tmp_path: Path) -> None:
    story = struck("interrupt", tiny_trunk, tmp_path, 1)
    assert story == {"codes": [130], "unfinished": True}
    with trunkline.registry(Settings(home=tmp_path)) as registry:
        assert registry.versions() == []
        assert [run.state for run in registry.runs()] == ["stopped"]
        assert not list((tmp_path / "blobs").glob("sha256/*/*"))
    assert interruptions.tune(tiny_trunk, tmp_path).version.number == 1
    assert not interruptions.checkpointed(tmp_path)


def test_same_seed_same_weights_another_seed_others(tune: Callable[..., Any]) -> None:
    def weights(**changes: Any) -> str:
        return tune(fork_layer=1, **changes).version.artifacts["branch"]

    first = weights(seed=1)
    assert weights(seed=1) == first
    assert weights(seed=2) != first


class Impatient(Silent):
    """Presses Ctrl-C in the middle of the second epoch."""

    @contextmanager
    def track(self, description: str, total: int) -> Iterator[Callable[[int], None]]:
        done = 0

        def count(steps: int) -> None:
            nonlocal done
            done += steps
            if description == "training" and done == total // 2 + 1:
                raise KeyboardInterrupt

        yield count


@pytest.mark.parametrize(
    "how",
    [
        {"tuning": "full"},
        {"tuning": "head", "reads": "mix"},
        {"precision": "bf16"},
        {"stem_backend": "openvino"},
        {"cache_gib": 0.0},
    ],
)
def test_whatever_trains_goes_on_in_mid_epoch_to_the_same_weights(
    tune: Callable[..., Any], told: Any, how: dict[str, Any]
) -> None:
    whole = tune(checkpoint_minutes=1e-6, **how).version
    with pytest.raises(KeyboardInterrupt):
        tune(checkpoint_minutes=1e-6, name="stopped", progress=Impatient(), **how)
    resumed = tune(checkpoint_minutes=1e-6, name="stopped", progress=told, **how).version
    assert any("going on" in line for line in told.lines)
    assert any("at epoch 2, batch" in line for line in told.lines)
    assert resumed.artifacts["branch"] == whole.artifacts["branch"]
    if "full" in how.values():
        assert resumed.trunk_id == whole.trunk_id


def test_it_stops_when_patience_ends_and_keeps_the_best_epoch(
    tune: Callable[..., Any], settings: Settings, told: Any
) -> None:
    """A head of its own rate learns the rows at once: no later epoch is better than perfect."""
    version = tune(tuning="head", reads="mix", head_learning_rate=0.1, epochs=40, patience=2, progress=told).version
    with trunkline.registry(settings) as registry:
        story = json.loads(registry.artifact_bytes(version, "tuning.json"))
    scores = [epoch["score"] for epoch in story["history"]]
    assert len(scores) == story["best_epoch"] + 2 < 40
    assert scores.index(max(scores)) + 1 == story["best_epoch"]
    assert sum(line.startswith("epoch ") for line in told.lines) == len(scores)


class Overflowing(ClassificationTask):
    """Its loss is no number any more, as after a rate that is far too high."""

    name = "overflowing"

    def loss(self, outputs: Any, targets: Any, config: Any) -> Any:
        return super().loss(outputs, targets, config) * float("inf")


class OverflowingPlugin:
    @hookimpl
    def register_tasks(self) -> list[Overflowing]:
        return [Overflowing()]


def test_a_loss_that_is_no_number_is_told(tiny_trunk: Path, settings: Settings, rows: list[dict[str, Any]]) -> None:
    plugins = load_plugins(extra=[OverflowingPlugin()])
    with pytest.raises(InvalidInput, match="lower the learning rate"):
        trunkline.tune("overflowing", name="x", data=rows, trunk=tiny_trunk, settings=settings, plugins=plugins)
    with trunkline.registry(settings) as registry:
        assert [run.state for run in registry.runs()] == ["failed"]
        assert registry.versions() == []
