"""Sixteen processes publish and move aliases at once: no duplicates, gaps, lost updates or lock errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from store_samples import artifacts

from trunkline.store.registry import Registry


def test_sixteen_processes(registry_url: str, blobs: Path, registry: Registry, drive: Callable[..., str]) -> None:
    seen = json.loads(drive("race_driver.py", "publish", registry_url, blobs))
    assert seen["failures"] == []
    for name in ("model-0", "model-1"):
        numbers = sorted(number for model, number in seen["numbers"] if model == name)
        assert numbers == list(range(1, 17))
        assert [version.number for version in registry.versions(name=name)] == numbers[::-1]
        _moves_form_a_chain(registry, name, [move for move in seen["moves"] if move[0] == name])
    for version in registry.versions():
        assert registry.artifact_bytes(version, "branch") in (artifacts(0)["branch"], artifacts(1)["branch"])
        assert len(registry.evaluations(version.reference)) == 1
    ids = [event.id for event in registry.events()]
    assert ids == sorted(ids)


def _moves_form_a_chain(registry: Registry, name: str, moves: list[list[object]]) -> None:
    """Each move that a process was told of stands in the history, and starts where the one before ended."""
    events = registry.events(subject=f"ner/{name}@production")
    at = None
    for event in events:
        assert event.details["before"] == at
        at = event.details["after"]
    assert registry.aliases()["ner", name, "production"] == at
    told = sorted((before or 0, after) for _, before, after in moves if before != after)
    assert told == sorted((event.details["before"] or 0, event.details["after"]) for event in events)
