"""Kill -9 a publisher, again and again, and look at what is left: `steps|random URL BLOBS KILLS SEED`; prints JSON.

`steps` kills before and after every fsync, rename, statement and commit of one publish and one move of an alias;
`random` kills a busy publisher at random times. A script of its own, so that it may fork: it has no threads.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from sqlalchemy import Engine, event
from store_samples import artifacts, draft, evaluation

from trunkline.store.registry import Registry

with suppress(ImportError):
    import psycopg  # noqa: F401 - once, before the forks


class Ledger:
    """What the publishers were told, against what the registry holds."""

    def __init__(self, url: str, blobs: Path) -> None:
        self.url, self.blobs = url, blobs
        self.published: dict[int, int] = {}  # number to seed
        self.alias = 0
        self.kills = self.lost = self.torn = 0

    def note(self, lines: list[str]) -> None:
        for line in lines:
            word, number, seed = line.split()
            if word == "published":
                self.published[int(number)] = int(seed)
            else:
                self.alias = int(number)

    def check(self) -> None:
        with Registry(self.url, self.blobs) as registry:
            found = {version.number: version for version in registry.versions(name="tickets")}
            assert sorted(found) == list(range(1, len(found) + 1)), "numbers with gaps"
            self.lost += sum(number not in found for number in self.published)
            self.lost += registry.aliases().get(("ner", "tickets", "production"), 0) < self.alias
            self.torn += sum(not self._is_whole(registry, version) for version in found.values())

    def _is_whole(self, registry: Registry, version: Any) -> bool:
        seed = version.settings["seed"]
        return (
            self.published.get(version.number, seed) == seed
            and {role: registry.artifact_bytes(version, role) for role in version.artifacts} == artifacts(seed)
            and [found.metrics for found in registry.evaluations(version.reference)] == [evaluation().metrics]
            and [found.action for found in registry.events(subject=version.reference)]
            == ["version.registered", "evaluation.recorded"]
        )


def publish_once(registry: Registry, seed: int, told: int) -> None:
    """Publish and move the alias, telling each as soon as the registry has answered."""
    version = registry.register(draft(settings={"seed": seed}), artifacts(seed), [evaluation()])
    os.write(told, f"published {version.number} {seed}\n".encode())
    registry.set_alias(version.reference, "production")
    os.write(told, f"moved {version.number} {seed}\n".encode())


def child(work: Callable[[int], None]) -> tuple[int, int]:
    """Fork a process that runs `work(pipe)`; returns its id and the pipe's other end."""
    reader, writer = os.pipe()
    process = os.fork()
    if process:
        os.close(writer)
        return process, reader
    work(writer)
    os._exit(0)


def ended(ledger: Ledger, process: int, reader: int) -> bool:
    """Wait for the process, note what it was told, check; returns whether it was killed."""
    with os.fdopen(reader) as pipe:
        ledger.note(pipe.read().splitlines())
    _, status = os.waitpid(process, 0)
    ledger.check()
    ledger.kills += os.WIFSIGNALED(status)
    return os.WIFSIGNALED(status)


def die_at(step: int) -> None:
    """Count the durable steps of this process from here on, and kill it at number `step`."""
    steps = count()

    def passed(*ignored: Any, **named: Any) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("fsync", "replace"):
        setattr(os, name, around(getattr(os, name), passed))
    event.listen(Engine, "after_cursor_execute", passed)
    event.listen(Engine, "commit", passed)


def around(function: Callable[..., Any], passed: Callable[[], None]) -> Callable[..., Any]:
    def called(*arguments: Any) -> Any:
        passed()
        answer = function(*arguments)
        passed()
        return answer

    return called


def steps(ledger: Ledger, stride: int, first: int) -> None:
    """Kill at step `first`, then every `stride`-th, until one process lives to its end."""
    for step in count(first, stride):

        def work(told: int, step: int = step) -> None:
            with Registry(ledger.url, ledger.blobs) as registry:
                die_at(step)
                publish_once(registry, 1000 + step, told)

        if not ended(ledger, *child(work)):
            return


def at_random(ledger: Ledger, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    for turn in range(kills):

        def work(told: int, turn: int = turn) -> None:
            with Registry(ledger.url, ledger.blobs) as registry:
                for index in count():
                    publish_once(registry, turn * 10_000 + index, told)

        process, reader = child(work)
        select.select([reader], [], [], 30)  # until it is told of its first publish, and at work on the next
        time.sleep(chance.uniform(0, 0.3))
        os.kill(process, signal.SIGKILL)
        ended(ledger, process, reader)


def main() -> None:
    how, url, blobs, number, seed = sys.argv[1:]
    ledger = Ledger(url, Path(blobs))
    if how == "steps":
        steps(ledger, int(number), int(seed))
    else:
        at_random(ledger, int(number), int(seed))
    print(json.dumps({"kills": ledger.kills, "lost": ledger.lost, "torn": ledger.torn, "told": len(ledger.published)}))


main()
