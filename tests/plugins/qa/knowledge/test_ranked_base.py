"""A knowledge base ranked for a query by the task `retrieval`, with the place of each passage."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from trunkline import Conflict, InvalidInput, NotFound
from trunkline_qa.knowledge.bases import KnowledgeBase, bases_in
from trunkline_qa.knowledge.updating import update
from trunkline_qa.retrieval.messages import RetrievalRequest
from trunkline_qa.retrieval.task import RetrievalTask


@pytest.fixture
def rank(support: KnowledgeBase, tuned: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Rank the base `support`, whose vectors are those of retrieval/words@1."""
    asyncio.run(update(support, tuned))
    folder = support.place.parent.parent
    monkeypatch.setattr(tuned, "data_folder", lambda plugin: folder)
    bases_in.cache_clear()

    def asked(query: str, base: str = "support", **options: Any) -> Any:
        request = RetrievalRequest(query=query, knowledge_base=base, **options)
        return asyncio.run(RetrievalTask().run(request, tuned))

    yield asked
    bases_in(folder).shelf.close()
    bases_in.cache_clear()


def test_passages_come_with_their_place(rank: Any) -> None:
    response = rank("when are lost parcels refunded", top_k=2)
    best, second = response.results
    assert response.model == "retrieval/words@1"
    place = best.document
    assert (best.index, place.id, place.kind, place.title) == (0, "refunds", "document", "Refunds")
    assert (best.document.start, best.document.end) == (0, len(best.text))
    assert best.score > second.score
    assert "answer" in best.document.model_dump()


def test_a_pair_comes_with_its_answer(rank: Any) -> None:
    [best] = rank("change the address", top_k=1).results
    assert (best.document.id, best.document.kind) == ("address", "faq")
    assert best.document.answer == "Under My account, then Addresses."


def test_the_version_that_is_asked_must_be_the_one_that_made_the_vectors(rank: Any, tuned: Any) -> None:
    assert rank("parcels", model="words@1").results
    tuned.number = 2
    with pytest.raises(Conflict, match=r"not those of retrieval/words@2.*rebuild support"):
        rank("parcels", model="words@2")


def test_what_cannot_be_ranked(rank: Any) -> None:
    with pytest.raises(NotFound, match="did you mean support"):
        rank("parcels", base="suport")
    with pytest.raises(InvalidInput, match="leave it out with a knowledge_base"):
        rank("parcels", vectors=True)
    with pytest.raises(ValueError, match="either texts or"):
        RetrievalRequest(query="a", texts=["b"], knowledge_base="c")
