"""What is loaded, and how it follows the catalog."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from serving_world import LabelTask

from trunkline import EncoderInput, InvalidInput, NotFound

INPUT = [EncoderInput("cancel my order")]


def model_of(engine, reference="mood@production"):
    return engine.predict_many("label", reference, INPUT).model


def eventually(check, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.01)


def test_each_thing_is_loaded_once_however_many_ask(mixed) -> None:
    with mixed.engine() as engine, ThreadPoolExecutor(16) as pool:
        references = ["mood", "mood@production", "mood@1", "label/mood@1", "intents"] * 4
        models = list(pool.map(lambda reference: model_of(engine, reference), references))
        assert set(models) == {"label/mood@1", "label/intents@1"}
        assert sorted(mixed.loads) == ["0-tiny", "label/intents@1", "label/mood@1"]


def test_one_slow_load_holds_nobody_else(mixed) -> None:
    gate = threading.Event()
    slow = mixed.add("label", "slow")
    weights = mixed.weights

    def slowly(version):
        if version.name == slow.name:
            gate.wait(5)
        return weights(version)

    mixed.weights = slowly

    async def ask(engine):
        first = asyncio.create_task(engine.predict("label", "slow", INPUT))
        await asyncio.sleep(0.02)
        await asyncio.wait_for(engine.predict("label", "mood", INPUT), 3)
        assert not first.done()
        gate.set()
        return await first

    with mixed.engine() as engine:
        assert asyncio.run(ask(engine)).model == "label/slow@1"


def test_a_load_that_fails_is_told_and_tried_again(mixed) -> None:
    broken = mixed.add("label", "broken")
    whole = mixed.path(broken).read_bytes()
    mixed.path(broken).write_bytes(whole[:100])
    with mixed.engine() as engine:
        with pytest.raises(InvalidInput):
            model_of(engine, "broken")
        mixed.path(broken).write_bytes(whole)
        assert model_of(engine, "broken") == "label/broken@1"


def test_moving_an_alias_swaps_the_running_engine(mixed) -> None:
    """Under load, over many swaps: no request fails, and what was asked in flight keeps its version."""
    versions = [mixed.add("label", "mood", seed=seed) for seed in range(5)]
    failures, seen, stop = [], set(), threading.Event()

    def ask(engine):
        while not stop.is_set():
            try:
                seen.add(model_of(engine))
            except Exception as error:
                failures.append(error)

    with mixed.engine(follow=True, refresh_seconds=0.01) as engine, ThreadPoolExecutor(3) as pool:
        engine.preload()
        for _ in range(3):
            pool.submit(ask, engine)
        for version in versions * 2:
            mixed.point(version)
            eventually(lambda version=version: model_of(engine) == version.reference)
        stop.set()
    assert not failures
    assert {version.reference for version in versions} <= seen
    assert engine.loaded.count(versions[-1].reference) == 1
    assert sum("mood" in reference for reference in engine.loaded) == 1  # those that aliases have left are unloaded


def test_what_an_alias_points_at_is_loaded_before_requests_go_there(mixed) -> None:
    """A version that cannot be loaded leaves the alias where it was; once it can, the alias moves."""
    newer = mixed.add("label", "mood", seed=4)
    whole = mixed.path(newer).read_bytes()
    mixed.path(newer).write_bytes(b"damaged")
    with mixed.engine() as engine:
        engine.preload()
        mixed.point(newer)
        assert not engine._deployment.refresh()
        assert model_of(engine) == "label/mood@1"
        mixed.path(newer).write_bytes(whole)
        assert engine._deployment.refresh()
        assert model_of(engine) == "label/mood@2"


def test_a_restricted_engine_follows_its_alias_too(mixed) -> None:
    newer = mixed.add("label", "mood", seed=4)
    with mixed.engine(models=["mood@production"]) as engine:
        engine.preload()
        mixed.point(newer)
        assert engine._deployment.refresh()
        assert engine.loaded == ["label/mood@2"]
        assert model_of(engine, "mood") == "label/mood@2"


def test_a_catalog_out_of_reach_changes_nothing(mixed) -> None:
    def gone():
        raise OSError("no database")

    with mixed.engine(follow=True, refresh_seconds=0.01) as engine:
        engine.preload()
        revision, mixed.revision = mixed.revision, gone
        time.sleep(0.05)
        assert model_of(engine) == "label/mood@1"
        mixed.revision = revision
        mixed.point(mixed.add("label", "mood", seed=5))
        eventually(lambda: model_of(engine) == "label/mood@2")


def test_deleted_versions_are_gone_after_a_refresh(mixed) -> None:
    older = mixed.add("label", "old")
    mixed.add("label", "old")
    with mixed.engine() as engine:
        assert model_of(engine, "old@1") == "label/old@1"
        del mixed.entries["label", "old", older.number]
        mixed.number += 1
        engine._deployment.refresh()
        with pytest.raises(NotFound, match="known: 2"):
            model_of(engine, "old@1")
        assert "label/old@1" not in engine.loaded


def test_requests_touch_no_catalog(mixed) -> None:
    """Once loaded, a request is answered with the catalog out of reach."""
    with mixed.engine() as engine:
        engine.preload()
        mixed.versions = mixed.revision = mixed.trunks = mixed.weights = mixed.trunk_folder = None
        assert model_of(engine) == "label/mood@1"
        assert model_of(engine, "mood@1") == "label/mood@1"


def test_a_task_that_is_not_installed(mixed) -> None:
    """Its models cannot be asked, and do not keep the others from being served."""
    mixed.point(mixed.add("label", "orphan"))
    engine = mixed.engine()
    del engine.plugins.tasks[LabelTask.name]
    with engine:
        with pytest.raises(NotFound, match="task"):
            engine.load("orphan")
        engine.preload()
        assert engine.loaded == ["tag/entities@1", "tag/mixed@1"]
    with mixed.engine(models=["orphan"]) as restricted, pytest.raises(NotFound, match="task"):
        restricted.preload()
