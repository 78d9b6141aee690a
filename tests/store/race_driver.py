"""Sixteen processes at one registry at once: `open URL BLOBS` or `publish URL BLOBS`; prints what they saw as JSON.

A script of its own, so that it may fork: it has no threads.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from store_samples import artifacts, draft, evaluation

from trunkline.errors import Conflict
from trunkline.store.registry import Registry

with suppress(ImportError):
    import psycopg  # noqa: F401 - once, before the forks

PROCESSES = 16
PUBLISHES = 2
MOVES = 1


def main() -> None:
    act, url, blobs = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    work = {"open": _open, "publish": _publish}[act]
    answers = _together(lambda index: work(index, url, blobs))
    failures = [answer["failure"] for answer in answers if "failure" in answer]
    merged: dict[str, Any] = {"failures": failures}
    for key in ("numbers", "moves"):
        if any(key in answer for answer in answers):
            merged[key] = [item for answer in answers for item in answer.get(key, [])]
    print(json.dumps(merged))


def _together(work: Callable[[int], dict[str, Any]]) -> list[dict[str, Any]]:
    """Fork, let all start in the same moment, and gather what each returns."""
    start_read, start_write = os.pipe()
    readers = []
    for index in range(PROCESSES):
        reader, writer = os.pipe()
        if not os.fork():
            os.close(start_write)
            os.read(start_read, 1)  # until the parent closes its end
            with os.fdopen(writer, "w") as out:
                json.dump(_answer(work, index), out)
            os._exit(0)
        os.close(writer)
        readers.append(reader)
    os.close(start_write)
    answers = [json.loads(os.fdopen(reader).read()) for reader in readers]
    for _ in range(PROCESSES):
        os.wait()
    return answers


def _answer(work: Callable[[int], dict[str, Any]], index: int) -> dict[str, Any]:
    try:
        return work(index)
    except BaseException:
        return {"failure": traceback.format_exc()}


def _open(index: int, url: str, blobs: Path) -> dict[str, Any]:
    with Registry(url, blobs) as registry:
        assert registry.models() == []
    return {}


def _publish(index: int, url: str, blobs: Path) -> dict[str, Any]:
    """Publish to one of two models, then move an alias by compare-and-set until each move has succeeded."""
    numbers, moves = [], []
    with Registry(url, blobs) as registry:
        name = f"model-{index % 2}"
        for turn in range(PUBLISHES):
            seed = turn % 2  # so that processes write the same blobs at the same time
            version = registry.register(draft(name=name), artifacts(seed), [evaluation()])
            numbers.append((name, version.number))
        for turn in range(MOVES):
            moves.append(_move(registry, name, numbers[turn][1]))
    return {"numbers": numbers, "moves": moves}


def _move(registry: Registry, name: str, number: int) -> tuple[str, int | None, int]:
    while True:
        before = registry.aliases().get(("ner", name, "production"))
        try:
            registry.set_alias(f"{name}@{number}", "production", expected=before)
        except Conflict:
            continue
        return name, before, number


main()
