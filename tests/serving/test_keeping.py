"""Passages that are kept for a version never run through the stem again, also after a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from serving_world import assert_close, random_texts

from trunkline import EncoderInput, NotFound

SHORT = [f"london and paris {number}" for number in range(6)]  # of one window each
PASSAGES = [*SHORT, *random_texts(6, seed=5), "london and paris " * 60]


@pytest.fixture
def apart(world):
    world.point(world.add("tag", "apart", fork=1, branch=2, reads="joined"))
    world.point(world.add("tag", "plain", fork=1, branch=2))
    return world


def asked(engine, passages=PASSAGES, question="where ?"):
    return engine.predict_many("tag", "apart", [EncoderInput(question, one) for one in passages]).predictions


def test_kept_passages_skip_the_stem_after_a_restart_too(apart, tmp_path: Path) -> None:
    with apart.engine() as engine:
        expected = asked(engine)
        keeping = asyncio.run(engine.keeping(tmp_path, "tag", "apart"))
        assert (keeping.layer, keeping.trunk) == (1, apart.trunk_id)
        needed = keeping.needed(PASSAGES)
        assert keeping.missing([*SHORT, *SHORT]) == SHORT
        asyncio.run(keeping.keep(PASSAGES))
        assert needed < keeping.size < needed + 4096
        assert keeping.needed(PASSAGES) == 0
        assert keeping.needed([*PASSAGES, "a new one", "a new one"]) == keeping.needed(["a new one"]) > 0
    for cache in (0, 64):
        with apart.engine(state_cache_mib=cache) as engine:
            asyncio.run(engine.keeping(tmp_path, "tag", "apart"))
            for found, wanted in zip(asked(engine), expected, strict=True):
                assert_close(found, wanted)
            stats = engine.stats()
            assert stats.stem_rows == stats.stem_passes, "nothing but the question"
            assert stats.stem_rows == 1 or not cache


def test_nothing_is_computed_twice_and_new_passages_are_added(apart, tmp_path: Path) -> None:
    with apart.engine(state_cache_mib=0) as engine:
        keeping = asyncio.run(engine.keeping(tmp_path, "tag", "apart"))
        asyncio.run(keeping.keep(PASSAGES[:4]))
        before = engine.stats().stem_rows
        asyncio.run(keeping.keep(PASSAGES[:4]))
        assert engine.stats().stem_rows == before
        asyncio.run(keeping.keep([*PASSAGES[:4], "one more"]))
        assert engine.stats().stem_rows == before + 2, "that and the empty question"


def test_passages_that_are_let_go_are_read_again(apart, tmp_path: Path) -> None:
    with apart.engine(state_cache_mib=0) as engine:
        keeping = asyncio.run(engine.keeping(tmp_path, "tag", "apart"))
        asyncio.run(keeping.keep(PASSAGES))
        keeping.keep_only(PASSAGES[:1])
        before = engine.stats().stem_rows
        asked(engine, PASSAGES[:2])
        assert engine.stats().stem_rows == before + 2
        keeping.close()
        asked(engine, PASSAGES[:1])
        assert engine.stats().stem_rows == before + 4, "used no more"


def test_a_folder_is_opened_once_and_anew_after_it_was_closed(apart, tmp_path: Path) -> None:
    with apart.engine() as engine:
        keeping = asyncio.run(engine.keeping(tmp_path, "tag", "apart"))
        assert asyncio.run(engine.door().keeping(tmp_path, "tag", "apart@1")) is keeping
        keeping.close()
        assert asyncio.run(engine.keeping(tmp_path, "tag", "apart")) is not keeping


def test_a_version_that_reads_pairs_as_one_keeps_nothing(apart, tmp_path: Path) -> None:
    with apart.engine() as engine:
        assert asyncio.run(engine.keeping(tmp_path / "kept", "tag", "plain")) is None
        assert asyncio.run(engine.door().keeping(tmp_path / "kept", "tag", "plain")) is None
        with pytest.raises(NotFound):
            asyncio.run(engine.keeping(tmp_path, "tag", "nobody"))
    assert not (tmp_path / "kept").exists()
