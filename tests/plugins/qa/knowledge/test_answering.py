"""Stored answers come back whole, read ones with their place in the document, and overlaps once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from trunkline import InvalidInput, NotFound
from trunkline_qa.knowledge.answering import likeness, read
from trunkline_qa.knowledge.bases import KnowledgeBase, bases_in
from trunkline_qa.knowledge.records import Passage
from trunkline_qa.knowledge.search import Hit
from trunkline_qa.knowledge.updating import update
from trunkline_qa.messages import QARequest
from trunkline_qa.spans import Span
from trunkline_qa.task import Prediction, QuestionAnsweringTask

TEXT = "Lost parcels are refunded in five days. Others are sent again. Ask us by mail."


def hit(document: str, start: int, end: int, number: int = 1, text: str = TEXT) -> Hit:
    return Hit(Passage(number, document, "document", start, end, text[start:end], "Refunds", None), 1.0, 1, None, None)


def test_offsets_are_of_the_passage_and_of_the_document() -> None:
    [answer] = read([hit("a", 40, 78)], [Prediction([Span(11, 21, 0.9)], None)], None)
    place = answer.document
    assert place is not None
    assert answer.text == "sent again" == TEXT[place.start : place.end] == place.passage[answer.start : answer.end]
    assert (place.id, place.title, place.passage_start) == ("a", "Refunds", 40)


def test_the_best_comes_first_whatever_its_passage() -> None:
    predictions = [Prediction([Span(0, 4, 0.3), Span(5, 12, 0.2)], None), Prediction([Span(0, 4, 0.8)], None)]
    # odds 0.43 and 0.25 of the first passage; 4 of the second, over the square of its rank: 1
    found = read([hit("a", 0, 39), hit("b", 0, 39, 2)], predictions, None)
    assert [(one.score, one.document.id) for one in found if one.document] == [(0.8, "b"), (0.3, "a"), (0.2, "a")]


def test_a_passage_that_was_found_first_is_believed_sooner() -> None:
    predictions = [Prediction([Span(0, 4, 0.6)], None), Prediction([Span(0, 4, 0.8)], None)]
    found = read([hit("a", 0, 39), hit("b", 0, 39, 2)], predictions, None)
    assert [one.document.id for one in found if one.document] == ["a", "b"]
    sure = read([hit("a", 0, 39), hit("b", 0, 39, 2)], [Prediction([Span(0, 4, 1.0)], None)] * 2, None)
    assert [one.document.id for one in sure if one.document] == ["a", "b"]


def test_of_equals_the_passage_that_was_found_first() -> None:
    predictions = [Prediction([Span(0, 4, 0.5)], None)] * 2
    found = read([hit("b", 0, 39), hit("a", 0, 39, 2)], predictions, None)
    assert [one.document.id for one in found if one.document] == ["b", "a"]


def test_what_overlapping_passages_share_is_told_once() -> None:
    first, second = hit("a", 0, 62), hit("a", 40, 78, 2)
    inside = TEXT.index("sent again")
    predictions = [
        Prediction([Span(inside, inside + 10, 0.6)], None),
        Prediction([Span(inside - 40, inside - 40 + 10, 0.95), Span(30, 37, 0.1)], None),
    ]
    found = read([first, second], predictions, None)
    assert [one.text for one in found] == ["sent again", TEXT[70:77]]
    assert found[0].score == 0.95


def test_the_threshold_is_the_versions_or_the_requests() -> None:
    predictions = [Prediction([Span(0, 4, 0.5), Span(5, 12, 0.2)], 0.4)]
    assert [one.score for one in read([hit("a", 0, 39)], predictions, None)] == [0.5]
    assert [one.score for one in read([hit("a", 0, 39)], predictions, 0.1)] == [0.5, 0.2]
    assert read([hit("a", 0, 39)], predictions, 0.9) == []


def test_likeness() -> None:
    stored = Passage(1, "p", "faq", 0, 26, "How do I change my address?", None, "Like this.")
    assert likeness("how do i change my ADDRESS", Hit(stored, 1, 1, None, None)) == 1
    assert likeness("how do i change my ADDRESS", Hit(stored, 1, 1, 1, 0.2)) == 1
    assert likeness("address?", Hit(stored, 1, 1, 1, 0.2)) == 0.2
    assert likeness("address?", Hit(stored, 1, 1, 1, -0.2)) == 0
    assert likeness("change address", Hit(stored, 1, 1, None, None)) == pytest.approx(2 * 2 / (2 + 6))
    assert likeness("?", Hit(Passage(1, "p", "faq", 0, 1, "!", None, "x"), 1, 1, None, None)) == 0


@pytest.fixture
def asked(support: KnowledgeBase, tuned: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ask the base `support`."""
    asyncio.run(update(support, tuned))
    folder = support.place.parent.parent
    monkeypatch.setattr(tuned, "data_folder", lambda plugin: folder)
    bases_in.cache_clear()

    def ask(question: str, base: str = "support", **options: Any) -> Any:
        request = QARequest(question=question, knowledge_base=base, **options)
        return asyncio.run(QuestionAnsweringTask().run(request, tuned))

    yield ask
    bases_in(folder).shelf.close()
    bases_in.cache_clear()


def test_a_stored_question_is_answered_whole(asked: Any) -> None:
    response = asked("How can I change the address?")
    [answer] = response.answers
    assert response.answer == answer.text == "Under My account, then Addresses."
    assert (answer.kind, answer.start, answer.end) == ("faq", 0, len(answer.text))
    assert answer.document.id == "address"
    assert answer.document.passage == "How do I change my address?"
    assert 0.6 <= answer.score < 1
    assert response.model == "retrieval/words@1"


def test_below_the_threshold_passages_are_read(asked: Any, support: KnowledgeBase) -> None:
    support.prefer({"faq_threshold": 0.99})
    with pytest.raises(NotFound, match="no model of task 'qa'"):
        asked("How can I change the address?")
    assert asked("How do I change my address?").answers[0].score == 1


def test_a_version_that_is_not_there_is_told_though_a_stored_question_fits(asked: Any) -> None:
    with pytest.raises(NotFound, match="desk"):
        asked("How do I change my address?", model="desk")


def test_a_base_that_is_not_there(asked: Any) -> None:
    with pytest.raises(NotFound, match="did you mean support"):
        asked("Where?", base="suport")


def test_in_bulk_a_context_is_wanted() -> None:
    with pytest.raises(InvalidInput, match="give a context"):
        QuestionAnsweringTask().encoder_inputs(QARequest(question="a", knowledge_base="support"))


@pytest.mark.parametrize(
    "given", [{}, {"context": "a", "knowledge_base": "b"}, {"knowledge_base": "../b"}, {"knowledge_base": "B"}]
)
def test_exactly_one_place_is_asked(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"exactly one|pattern"):
        QARequest.model_validate({"question": "a", **given})
