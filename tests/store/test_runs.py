from __future__ import annotations

import pytest

from trunkline.errors import Conflict, InvalidInput, NotFound
from trunkline.store.registry import Registry


def test_a_run_is_open_until_it_is_closed_once(empty_registry: Registry) -> None:
    first = empty_registry.start_run("ner", "tickets", {"epochs": 4})
    second = empty_registry.start_run("ner", "tickets", {})
    empty_registry.finish_run(first, "succeeded", version_number=3)
    newest, oldest = empty_registry.runs()
    assert (newest.id, newest.state, newest.finished_at) == (second, "running", None)
    assert (oldest.state, oldest.version_number, oldest.settings) == ("succeeded", 3, {"epochs": 4})
    assert oldest.finished_at is not None
    assert oldest.finished_at >= oldest.started_at
    with pytest.raises(Conflict, match="succeeded already"):
        empty_registry.finish_run(first, "failed")


def test_any_message_can_be_kept(empty_registry: Registry) -> None:
    run = empty_registry.start_run("ner", "tickets", {})
    empty_registry.finish_run(run, "failed", error="lone \ud800, null \0, and long " + "x" * 10_000)
    error = empty_registry.runs()[0].error
    assert error is not None
    assert error.startswith("lone ?, null \N{REPLACEMENT CHARACTER}")
    assert len(error) == 4000


def test_what_cannot_be(empty_registry: Registry) -> None:
    run = empty_registry.start_run("ner", "tickets", {})
    with pytest.raises(InvalidInput, match="succeeded, failed, stopped"):
        empty_registry.finish_run(run, "running")
    for unknown in (run + 1, -1, 10**30):
        with pytest.raises((NotFound, InvalidInput)):
            empty_registry.finish_run(unknown, "failed")
    with pytest.raises(InvalidInput, match="model name"):
        empty_registry.start_run("ner", "Not A Name", {})
    with pytest.raises(InvalidInput, match=r"settings\['rate'\]"):
        empty_registry.start_run("ner", "tickets", {"rate": float("nan")})
