"""Tunes in children of its own that are killed or interrupted; run as a program, so that forking is safe.

    python interruptions.py kill|interrupt TRUNK HOME TIMES

Prints one JSON object. Libraries are imported once, before the children are forked.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import trunkline
from trunkline.progress import Progress, Silent
from trunkline.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from labelled import labelled_rows


class Held(Silent):
    """Lets a run take a few batches and holds it there: on a slow machine too, it cannot end before it is struck."""

    batches = 3

    @contextmanager
    def track(self, description: str, total: int) -> Iterator[Callable[[int], None]]:
        left = self.batches

        def count(steps: int) -> None:
            nonlocal left
            left -= description == "training"
            if left < 0:
                time.sleep(600)

        yield count


def tune(trunk: Path, home: Path, progress: Progress | None = None) -> trunkline.tuning.tune.TuningResult:  # type: ignore[name-defined]
    return trunkline.tune(
        "classification",
        name="intents",
        data=labelled_rows(),
        dev=0.2,
        trunk=trunk,
        fork_layer=1,
        epochs=10,  # 60 batches: more than ten children can take
        batch_size=16,
        patience=10,
        precision="fp32",
        checkpoint_minutes=1e-6,  # after every batch
        progress=progress,
        settings=Settings(home=home, threads=1),
    )


def forked(trunk: Path, home: Path) -> int:
    """Tune in a child; gives its process id."""
    child = os.fork()
    if child:
        return child
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started this in the background
    code = 1
    try:
        tune(trunk, home, Held())
        code = 0
    except KeyboardInterrupt:
        code = 130
    finally:
        os._exit(code)


def checkpointed(home: Path) -> str:
    """Name of the newest checkpoint, empty where there is none."""
    found = home.glob("cache/runs/*/trial/checkpoints/checkpoint-*")
    return max((path.name for path in found if not path.suffix), default="")


def ended(child: int) -> int | None:
    """Exit code of the child, negative for a signal; None while it lives."""
    pid, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if pid else None


def strike(trunk: Path, home: Path, with_signal: signal.Signals, delay: float) -> int:
    """Start a run, strike it `delay` seconds after a checkpoint of its own, and give its exit code."""
    before, child = checkpointed(home), forked(trunk, home)
    while (code := ended(child)) is None and checkpointed(home) <= before:
        time.sleep(0.01)
    time.sleep(delay if code is None else 0)
    if code is None and (code := ended(child)) is None:
        os.kill(child, with_signal)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code


def main() -> None:
    how, trunk, home, times = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    with_signal = signal.SIGKILL if how == "kill" else signal.SIGINT
    import trunkline.tuning.story  # here, not in every child
    from trunkline.trunk.encoder import Encoder

    trunkline.load_plugins()
    Encoder.load(trunk)

    chance = random.Random(0)
    codes = []
    while len(codes) < times and 0 not in codes:
        codes.append(strike(trunk, home, with_signal, chance.uniform(0, 0.05)))
    print(json.dumps({"codes": codes, "unfinished": bool(checkpointed(home))}))


if __name__ == "__main__":
    main()
