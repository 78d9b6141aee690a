"""What is loaded, and how it follows the catalog."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from serving_world import LabelTask

from trunkline import EncoderInput, InvalidInput, NotFound
from trunkline.backends.torch_backend import TorchBackend
from trunkline.errors import NotMeasured
from trunkline.serving import refresher
from trunkline.serving.engine import Engine
from trunkline.settings import Settings

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


class Fast(TorchBackend):
    """An engine on which versions must be measured first, whatever it really is."""

    name = "fast"


@pytest.fixture
def server(mixed):
    """Make servers of the fast engine, on which all of the world's first versions were measured."""
    mixed.proven = {version.reference for version in mixed.versions()}
    mixed.measured = lambda version: {("fast", "fp32")} if version.reference in mixed.proven else set()

    def make(**options):
        settings = Settings(home=mixed.workplace / "home", refresh_seconds=0.01)
        given = {"follow": False, "measured_only": True, **options}
        engine = Engine(mixed, mixed.plugins, settings, Fast(), **given)
        engine.preload()
        return engine

    return make


def test_an_alias_that_waits_for_a_compilation_is_told_once_and_follows_at_the_next_refresh(
    mixed, server, caplog
) -> None:
    newer = mixed.add("label", "mood", seed=4)
    with server() as engine:
        mixed.point(newer)
        for again in (False, True, False):
            assert not engine._deployment.refresh(again)
        assert model_of(engine) == "label/mood@1"
        [(pointer, behind)] = engine.behind.items()
        assert pointer == (("label", "mood"), "production")
        assert (behind.wanted, behind.served) == (("label", "mood", 2), ("label", "mood", 1))
        [record] = [record for record in caplog.records if record.levelname == "ERROR"]
        assert record.exc_info is None
        assert "label/mood@production stays at version 1: label/mood@2 was not measured on fast" in record.message
        assert "trunkline compile label/mood@2 --backend fast --precision fp32" in record.message
        mixed.proven.add(newer.reference)
        mixed.number += 1  # as by the evaluation that compile records
        assert engine._deployment.refresh(again=False)
        assert model_of(engine) == "label/mood@2"
        assert not engine.behind


def test_what_nobody_foresaw_keeps_its_traceback_and_tells_no_path(mixed, caplog) -> None:
    newer = mixed.add("label", "mood", seed=4)

    def gone(version):
        raise RuntimeError(f"no {mixed.path(version)}")

    with mixed.engine() as engine:
        engine.preload()
        mixed.weights = gone
        mixed.point(newer)
        assert not engine._deployment.refresh()
        [behind] = engine.behind.values()
        assert str(mixed.workplace) not in behind.why
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.exc_info


def test_a_bare_name_is_the_newest_version_measured_here_whenever_the_server_was_started(mixed, server) -> None:
    with server() as before:
        assert model_of(before, "mood") == "label/mood@1"
        newer = mixed.add("label", "mood", seed=4)
        assert before._deployment.refresh()
        with server() as after:
            for engine in (before, after):
                assert model_of(engine, "mood") == "label/mood@1"
                with pytest.raises(NotMeasured):
                    model_of(engine, "mood@2")
                assert not engine.behind
            mixed.proven.add(newer.reference)
            mixed.number += 1
            for engine in (before, after):
                assert engine._deployment.refresh()
                assert model_of(engine, "mood") == "label/mood@2"
    only = mixed.add("label", "only")
    with server() as engine, pytest.raises(NotMeasured, match=only.reference):
        model_of(engine, "only")


def test_a_server_that_could_serve_nothing_does_not_start(mixed, server, caplog) -> None:
    """What is left out beside others is tried again, and served once it can be."""
    mixed.proven.clear()
    with pytest.raises(NotMeasured, match=r"none of what is in production can be served: .*; and 1 more$"):
        server()
    mixed.proven.add("label/mood@1")
    with server() as engine:
        assert engine.loaded == ["label/mood@1"]
        assert len(engine.behind) == 3
        assert "label/intents@1 is in production and cannot be served" in caplog.text
        mixed.proven.add("label/intents@1")
        mixed.number += 1
        assert not engine._deployment.refresh(again=False)
        assert engine.loaded == ["label/intents@1", "label/mood@1"]
        assert len(engine.behind) == 2


def test_what_cannot_be_loaded_is_tried_again_though_nothing_changes(
    mixed, server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresher, "PATIENCE", 0.05)
    newer = mixed.add("label", "mood", seed=4)
    with server(follow=True) as engine:
        mixed.point(newer)
        eventually(lambda: engine.behind)
        mixed.proven.add(newer.reference)
        eventually(lambda: not engine.behind)
        assert model_of(engine) == "label/mood@2"
