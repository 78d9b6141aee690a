"""Passages are found by words, by vectors and by both, and never by what cannot be trusted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from trunkline import Conflict, InvalidInput, NotFound
from trunkline.serving.engine import Engine
from trunkline_qa.knowledge import ranking
from trunkline_qa.knowledge.bases import KnowledgeBase, KnowledgeBases
from trunkline_qa.knowledge.documents import Document
from trunkline_qa.knowledge.preferences import Preferences
from trunkline_qa.knowledge.search import MOST_QUESTION, Hit, Query, prepared, search
from trunkline_qa.knowledge.status import status
from trunkline_qa.knowledge.updating import update


@pytest.fixture
def whole(support: KnowledgeBase, tuned: Any) -> KnowledgeBase:
    """The base with all its vectors."""
    asyncio.run(update(support, tuned))
    return support


def ask(base: KnowledgeBase, inference: Any, text: str, **options: Any) -> tuple[Query, list[Hit]]:
    return asyncio.run(search(base, inference, text, **options))


def ids(hits: list[Hit]) -> list[str]:
    return [hit.passage.document_id for hit in hits]


@pytest.mark.parametrize("mode", ["bm25", "vectors", "hybrid"])
@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("lost parcels", "refunds"),
        ("the label of a jacket", "returns"),
        ("Berlin shop opens", "shops"),
        ("包裹丢失", "chinese"),
        ("change my address", "address"),
    ],
)
def test_each_mode_finds_it(whole: KnowledgeBase, tuned: Any, mode: Any, question: str, document: str) -> None:
    query, hits = ask(whole, tuned, question, mode=mode)
    assert (query.mode, query.note) == (mode, None)
    assert ids(hits)[0] == document
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        stored = whole.store.document(hit.passage.document_id)
        if stored.kind == "document":
            assert stored.text[hit.passage.start : hit.passage.end] == hit.passage.text


def test_hybrid_is_the_fusion_of_both(whole: KnowledgeBase, tuned: Any) -> None:
    text = "when does the shop send lost parcels?"
    both = ask(whole, tuned, text)[1]
    lexical, semantic = (ask(whole, tuned, text, mode=mode)[1] for mode in ("bm25", "vectors"))
    expected = ranking.fused([[hit.passage.number for hit in one] for one in (lexical, semantic)])
    assert [(hit.passage.number, hit.score) for hit in both] == expected
    assert {hit.passage.number: hit.bm25_rank for hit in both if hit.bm25_rank} == ranking.ranks(
        [hit.passage.number for hit in lexical]
    )
    assert {hit.passage.number: hit.similarity for hit in both if hit.vector_rank} == {
        hit.passage.number: hit.score for hit in semantic
    }


@pytest.mark.parametrize("mode", ["bm25", "vectors", "hybrid"])
def test_kind_and_limit(whole: KnowledgeBase, tuned: Any, mode: Any) -> None:
    for kind in ("document", "faq"):
        _, hits = ask(whole, tuned, "the phone number of the shop in my address", mode=mode, kind=kind, limit=2)
        assert 0 < len(hits) <= 2
        assert {hit.passage.kind for hit in hits} == {kind}


def test_without_vectors_words_are_searched(support: KnowledgeBase, tuned: Any) -> None:
    query, hits = ask(support, tuned, "lost parcels")
    assert (query.mode, query.note) == ("bm25", None)
    assert ids(hits)[0] == "refunds"
    with pytest.raises(Conflict, match=r"no vectors yet.*rebuild"):
        ask(support, tuned, "lost parcels", mode="vectors")
    support.prefer({"vectors": False})
    with pytest.raises(Conflict, match="keeps no vectors"):
        ask(support, tuned, "lost parcels", mode="vectors")


def test_what_was_put_since_is_found_by_its_words_and_what_was_deleted_is_not(whole: KnowledgeBase, tuned: Any) -> None:
    whole.store.put([Document(id="new", text="Parcels by drone are never lost.")])
    whole.store.delete(["refunds"])
    for mode in ("bm25", "vectors", "hybrid"):
        found = ids(ask(whole, tuned, "lost parcels", mode=mode)[1])
        assert "refunds" not in found
        assert ("new" in found) == (mode != "vectors")
    told = status(whole, tuned).vectors
    assert (told.passages, told.missing, told.dead) == (5, 1, 1)


def test_stale_vectors_are_searched_by_what_made_them_and_that_is_told(whole: KnowledgeBase, tuned: Any) -> None:
    tuned.number = 2
    query, hits = ask(whole, tuned, "lost parcels", mode="vectors")
    assert ids(hits)[0] == "refunds"
    assert query.note is not None
    assert "words@1, its settings say retrieval/words@2: rebuild it: " in query.note
    assert status(whole, tuned).vectors.problem == query.note


def test_vectors_of_what_is_gone_are_refused(whole: KnowledgeBase, tuned: Any) -> None:
    tuned.number = 0
    with pytest.raises(Conflict, match=r"words@1, its settings say retrieval/words@0.*rebuild"):
        ask(whole, tuned, "lost parcels", mode="vectors")
    query, hits = ask(whole, tuned, "lost parcels")
    assert query.mode == "bm25"
    assert query.note is not None
    assert ids(hits)[0] == "refunds"


def test_vectors_of_another_trunk_are_refused(bases: KnowledgeBases, engine: Engine) -> None:
    base = bases.create("moved", Preferences())
    base.store.put([Document(id="a", text="Lost parcels.")])
    asyncio.run(update(base, engine))
    manifest = base.folder.manifest()
    assert manifest is not None
    with base.folder.locked():
        elsewhere = manifest.made_by.model_copy(update={"trunk": "f" * 64})
        base.folder.commit(manifest.model_copy(update={"made_by": elsewhere}))
    with pytest.raises(Conflict, match="cannot be found"):
        ask(base, engine, "lost", mode="vectors")
    query, hits = ask(base, engine, "lost")
    assert query.note is not None
    assert ids(hits) == ["a"]


def test_damaged_vectors_are_told_and_words_searched(whole: KnowledgeBase, tuned: Any) -> None:
    [path] = whole.folder.path.glob("*.vectors.npy")
    path.write_bytes(b"x")
    reopened = KnowledgeBase("support", whole.store, whole.place)
    query, hits = ask(reopened, tuned, "lost parcels")
    assert (query.mode, ids(hits)[0]) == ("bm25", "refunds")
    assert query.note is not None
    assert "damaged: rebuild it" in query.note
    assert "damaged" in (status(reopened, tuned).vectors.problem or "")


@pytest.mark.parametrize("mode", ["bm25", "vectors", "hybrid"])
def test_a_base_deleted_meanwhile_is_not_found(
    whole: KnowledgeBase, bases: KnowledgeBases, tuned: Any, mode: Any
) -> None:
    query = asyncio.run(prepared(whole, tuned, "lost parcels", mode))
    bases.delete("support")
    with pytest.raises(NotFound, match="deleted"):
        query.hits(5)
    if mode != "bm25":
        with pytest.raises(NotFound, match="deleted"):
            asyncio.run(prepared(whole, tuned, "lost parcels", mode))


def test_questions_of_any_length(whole: KnowledgeBase, tuned: Any, bases: KnowledgeBases, engine: Engine) -> None:
    long = "where is the lost parcel " * 2_000  # 10,000 words
    assert "refunds" in ids(ask(whole, tuned, long)[1])
    real = bases.create("real", Preferences())
    real.store.put([Document(id="a", text="Lost parcels.")])
    asyncio.run(update(real, engine))
    assert ids(ask(real, engine, long, mode="vectors")[1]) == ["a"]
    for odd in ("?", "\x00", '" OR "', "NEAR(", "*", "a" * MOST_QUESTION):
        ask(whole, tuned, odd)
    with pytest.raises(InvalidInput, match="shorten"):
        ask(whole, tuned, "a" * (MOST_QUESTION + 1))


def test_an_empty_base_has_nothing(bases: KnowledgeBases, tuned: Any) -> None:
    base = bases.create("empty", Preferences())
    assert ask(base, tuned, "anything")[1] == []
