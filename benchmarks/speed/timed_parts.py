"""Where our engine's time goes: seconds within each of its parts, on whatever thread."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Lock
from time import perf_counter
from typing import Any

from trunkline.backends.linear import LinearBranch, Stack
from trunkline.backends.openvino_runner import Runner
from trunkline.serving import gathering, lane
from trunkline.serving.gathering import Gathering
from trunkline.serving.reply import Reply
from trunkline.serving.worker import Worker

PARTS: dict[str, tuple[tuple[Any, str], ...]] = {
    "graphs": ((Runner, "__call__"),),
    "linear heads": ((Stack, "run"), (LinearBranch, "run")),
    "tokenising": ((lane, "made"),),
    "planning": ((Worker, "_planned"),),
    "handing over": ((Gathering, "_take"),),
    "decoding": ((gathering, "_decode"),),
    "replying": ((Reply, "_settled"),),
}
"""What is timed, by name: functions that no other of them calls, but for `replying`, which is a part of decoding."""


@contextmanager
def timed_parts() -> Iterator[dict[str, float]]:
    """Add up the seconds within each part while this lasts; the wait for the interpreter's lock counts there."""
    seconds: dict[str, float] = defaultdict(float)
    lock = Lock()
    before = [(owner, name, getattr(owner, name)) for functions in PARTS.values() for owner, name in functions]
    try:
        for part, functions in PARTS.items():
            for owner, name in functions:
                setattr(owner, name, _timed(getattr(owner, name), part, seconds, lock))
        yield seconds
    finally:
        for owner, name, function in before:
            setattr(owner, name, function)


def _timed(function: Callable[..., Any], part: str, seconds: dict[str, float], lock: Lock) -> Callable[..., Any]:
    @wraps(function)
    def timed(*arguments: Any, **named: Any) -> Any:
        begun = perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            with lock:
                seconds[part] += perf_counter() - begun

    return timed
