"""Vectors are brought up to date: all that is missing, nothing twice, whatever is killed, changed or damaged."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trunkline import Conflict, NotFound, Overloaded
from trunkline.serving.engine import Engine
from trunkline_qa.knowledge import nearest, updating
from trunkline_qa.knowledge.bases import KnowledgeBase, KnowledgeBases
from trunkline_qa.knowledge.documents import Document
from trunkline_qa.knowledge.embedding import embedded
from trunkline_qa.knowledge.preferences import Preferences
from trunkline_qa.knowledge.updating import Updated, update
from trunkline_qa.knowledge.vector_files import NEXT


def run(base: KnowledgeBase, inference: Any, rebuild: bool = False) -> Updated:
    return asyncio.run(update(base, inference, rebuild=rebuild))


def check(base: KnowledgeBase, inference: Any) -> None:
    """Assert that every passage has one vector, and that it is the one that it would get now."""
    loaded = base.vectors.loaded()
    assert loaded is not None
    living = base.living(loaded, None)
    assert sorted(loaded.numbers[living].tolist()) == base.store.numbers()
    vectors = np.concatenate([np.asarray(block, np.float32) for block in loaded.blocks])[living]
    passages = base.store.passages(loaded.numbers[living].tolist())
    texts = [loaded.manifest.made_by.passage(one) for one in passages if one is not None]
    expected = asyncio.run(embedded(texts, loaded.manifest.made_by, inference))
    assert vectors == pytest.approx(expected, abs=1e-3 if loaded.manifest.precision == "float16" else 1e-5)


def documents(count: int, first: int = 0) -> list[Document]:
    return [Document(id=f"d{number}", text=f"Parcel number {number}.") for number in range(first, first + count)]


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_with_a_real_trunk(bases: KnowledgeBases, engine: Engine, precision: Any) -> None:
    base = bases.create("real", Preferences(precision=precision))
    base.store.put(documents(70))
    done = run(base, engine)
    assert (done.made, done.vectors) == (70, 70)
    check(base, engine)


def test_only_what_is_missing_is_made(support: KnowledgeBase, tuned: Any) -> None:
    assert run(support, tuned).made == 6
    assert run(support, tuned).made == 0
    support.store.put(documents(3))
    support.store.delete(["shops"])
    tuned.asked.clear()
    assert run(support, tuned).made == 3
    assert len(tuned.asked) == 3
    check(support, tuned)


def test_a_changed_document_gets_new_vectors(support: KnowledgeBase, tuned: Any) -> None:
    run(support, tuned)
    support.store.put([Document(id="shops", text="The shop in Ghent has moved.")])
    assert run(support, tuned).made == 1
    check(support, tuned)


def test_parts_are_merged_and_the_dead_are_dropped(
    support: KnowledgeBase, tuned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updating, "SEGMENT", 4)
    for start in range(0, 50, 5):
        support.store.put(documents(5, start))
        run(support, tuned)
        check(support, tuned)
        manifest = support.folder.manifest()
        assert manifest is not None
        assert len(manifest.segments) <= updating.MOST_SEGMENTS
    support.store.delete([f"d{number}" for number in range(40)])
    run(support, tuned)
    check(support, tuned)
    manifest = support.folder.manifest()
    assert manifest is not None
    assert manifest.rows == 16
    assert len(list(support.folder.path.iterdir())) == 2 + 2 * len(manifest.segments)
    support.store.clear()
    run(support, tuned)
    assert support.vectors.loaded() is None


def test_stale_vectors_wait_for_a_rebuild_and_are_searched_meanwhile(support: KnowledgeBase, tuned: Any) -> None:
    run(support, tuned)
    tuned.number = 2
    support.store.put(documents(1))
    with pytest.raises(Conflict, match=r"retrieval/words@1.*retrieval/words@2.*rebuild"):
        run(support, tuned)
    loaded = support.vectors.loaded()
    assert loaded is not None
    assert loaded.manifest.made_by.model == "retrieval/words@1"
    assert run(support, tuned, rebuild=True).made == 7
    check(support, tuned)
    assert support.folder.manifest(NEXT) is None
    assert run(support, tuned).made == 0


@pytest.mark.parametrize("change", [{"passage_prefix": "p: "}, {"query_prefix": "q: "}, {"precision": "float16"}])
def test_settings_that_concern_vectors_ask_for_a_rebuild(
    support: KnowledgeBase, tuned: Any, change: dict[str, Any]
) -> None:
    run(support, tuned)
    support.prefer(change)
    with pytest.raises(Conflict, match="rebuild"):
        run(support, tuned)
    run(support, tuned, rebuild=True)
    check(support, tuned)


def test_a_rebuild_that_fails_leaves_the_old_and_goes_on_later(
    support: KnowledgeBase, tuned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updating, "SEGMENT", 2)
    run(support, tuned)
    tuned.number = 2
    failing = Failing(tuned, after=2)
    with pytest.raises(NotFound, match="gone"):
        run(support, failing, rebuild=True)
    loaded = support.vectors.loaded()
    assert loaded is not None
    assert loaded.manifest.made_by.model == "retrieval/words@1"
    assert run(support, tuned, rebuild=True).made == 2  # the other four were kept
    check(support, tuned)


class Failing:
    """An inference door that fails, or is overloaded, after some calls."""

    def __init__(self, tuned: Any, after: int, error: Exception | None = None) -> None:
        self._tuned = tuned
        self._left = after
        self._error = error or NotFound("the model is gone")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tuned, name)

    async def predict(self, *asked: Any) -> Any:
        self._left -= 1
        if self._left == -1:
            raise self._error
        return await self._tuned.predict(*asked)


def test_an_engine_with_too_much_to_do_is_waited_for(support: KnowledgeBase, tuned: Any) -> None:
    assert run(support, Failing(tuned, 0, Overloaded("full", retry_after=0.01))).made == 6
    check(support, tuned)


@pytest.mark.parametrize("damage", ["vectors", "numbers", "manifest"])
def test_what_is_damaged_is_made_again(support: KnowledgeBase, tuned: Any, damage: str) -> None:
    run(support, tuned)
    [path] = support.folder.path.glob("manifest.json" if damage == "manifest" else f"*.{damage}.npy")
    path.write_bytes(path.read_bytes()[:-4] + b"oops")
    assert run(support, tuned).made == 6
    check(support, tuned)


def test_a_base_without_vectors_makes_none(support: KnowledgeBase, tuned: Any) -> None:
    support.prefer({"vectors": False})
    assert run(support, tuned) == Updated(0, 0, pytest.approx(0, abs=1), None)
    assert support.folder.manifest() is None


def test_a_base_that_is_deleted_meanwhile(support: KnowledgeBase, bases: KnowledgeBases, tuned: Any) -> None:
    class Deleting(type(tuned)):  # type: ignore[misc]
        async def predict(self, task: str, model: Any, inputs: Any) -> Any:
            bases.delete("support")
            bases.create("support", Preferences())
            return await super().predict(task, model, inputs)

    with pytest.raises(NotFound, match="deleted"):
        run(support, Deleting(tuned.engine))
    assert bases.open("support").folder.manifest() is None


def test_vectors_of_a_base_that_had_the_name_are_not_taken(
    support: KnowledgeBase, bases: KnowledgeBases, tuned: Any
) -> None:
    """As where a run that goes on after the deletion writes its last file into the folder of the next base."""
    run(support, tuned)
    manifest = support.folder.manifest()
    assert manifest is not None
    bases.delete("support")
    base = bases.create("support", Preferences(model="words"))
    base.store.put(documents(1))
    with base.folder.locked():
        base.folder.commit(manifest)
    assert base.vectors.loaded() is None
    assert run(base, tuned).made == 1
    check(base, tuned)


def test_a_large_base_gets_a_graph(support: KnowledgeBase, tuned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("usearch")
    monkeypatch.setattr(updating, "EXACT_ROWS", 100)
    support.store.put(documents(150))
    run(support, tuned)
    first = support.vectors.loaded()
    assert first is not None
    assert first.graph is not None
    assert first.graph.rows == 156
    support.store.put(documents(5, 150))
    run(support, tuned)
    second = support.vectors.loaded()
    assert second is not None
    assert second.graph is not None
    assert (second.graph.rows, len(second.numbers)) == (156, 161)  # few came later: they are compared one by one
    [vector] = asyncio.run(embedded(["Parcel number 153."], second.manifest.made_by, tuned))
    mask = support.living(second, None)
    found = second.nearest(vector, mask, 3)
    assert found[0] == nearest_by_all(second, vector, mask)
    [path] = support.folder.path.glob("*.usearch")
    path.write_bytes(b"damaged")
    reopened = KnowledgeBase("support", support.store, support.place).vectors.loaded()
    assert reopened is not None
    assert reopened.graph is None


def nearest_by_all(loaded: Any, vector: Any, mask: Any) -> Any:
    [(row, score)] = nearest.exact(loaded.blocks, vector, mask, 1)
    return int(loaded.numbers[row]), pytest.approx(score, abs=5e-3)


def test_killed_at_random_times_it_goes_on(bases: KnowledgeBases, tmp_path: Path, tuned: Any) -> None:
    """Nothing that was committed is lost, nothing made twice, and what is searched is whole at any time."""
    base = bases.create("killed", Preferences(model="words"))
    base.store.put(documents(300))
    kills = int(os.environ.get("TRUNKLINE_KILLS", "10"))
    tests = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("vector_driver.py"), tmp_path, str(kills), "0", tuned.trunk_info(None).id],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), *filter(None, sys.path)])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    kept = json.loads(done.stdout)
    assert len(kept) == kills
    assert kept == sorted(kept)
    left = run(base, tuned)
    assert left.made == 300 - kept[-1]
    run(base, tuned, rebuild=True)
    check(base, tuned)
    assert not list(base.folder.path.glob("*.aside"))
    assert base.folder.manifest(NEXT) is None
