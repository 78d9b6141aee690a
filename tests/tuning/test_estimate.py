from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trunkline.tuning.estimate import Estimate, duration


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.2, "1 s"), (119, "119 s"), (150, "2 min"), (3600, "60 min"), (9000, "2.5 h")]
)
def test_durations_read_as_a_person_says_them(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_the_estimate_is_one_line() -> None:
    line = Estimate(90.0, 3 * 2**20, 2**20).told()
    assert line == "estimate: about 90 s to train, 3 MiB of hidden states and 1 MiB of checkpoints on disk meanwhile"


@pytest.mark.parametrize("how", [{"fork_layer": 1}, {"tuning": "full"}, {"fork_layer": "auto"}, {"tuning": "head"}])
def test_every_run_begins_with_one(tune: Callable[..., Any], told: Any, how: dict[str, Any]) -> None:
    tune(progress=told, epochs=1, **how)
    assert sum(line.startswith("estimate: about") for line in told.lines) == 1
    assert next(line for line in told.lines if not line.startswith("warning: ")).startswith("estimate: about")


def test_estimating_changes_no_weights(tune: Callable[..., Any]) -> None:
    """A resumed or repeated run measures again, and still ends the same."""
    first, second = (tune(fork_layer=1, name=name).version.artifacts["branch"] for name in ("one", "two"))
    assert first == second
