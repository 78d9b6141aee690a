"""A question to a knowledge base: a stored question that is like it, or the best span of the best passages."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from trunkline import EncoderInput, Inference
from trunkline_qa.knowledge.bases import PLUGIN, bases_in
from trunkline_qa.knowledge.records import Counts
from trunkline_qa.knowledge.search import Hit, Query, prepared
from trunkline_qa.knowledge.states import use_states
from trunkline_qa.knowledge.terms import indexed
from trunkline_qa.messages import FoundAnswer, FoundIn, QARequest, QAResponse

if TYPE_CHECKING:
    from trunkline_qa.task import Prediction

RANK_WEIGHT = 2.0
CERTAIN = 1e-6
PAIRS = 10  # stored questions that are compared with the one asked


async def answered(request: QARequest, task: str, inference: Inference) -> QAResponse:
    """Answer from the request's knowledge base; passages are read by a version of `task`.

    Raises `NotFound` for a base that is not there, or no more, and what the engine raises.
    """
    base = await asyncio.to_thread(bases_in(inference.data_folder(PLUGIN)).open, request.knowledge_base or "")
    if request.model is not None:
        inference.version_info(task, request.model)  # an unknown one is told even where no passage is read
    query = await prepared(base, inference, request.question)
    pair = await asyncio.to_thread(_nearest_pair, query)
    if pair is not None:
        made_by = query.vectors.manifest.made_by.model if query.vectors else None
        return QAResponse(model=made_by or "", answer=pair.text, answers=[pair], note=query.note)
    hits = await asyncio.to_thread(query.hits, request.passages, "document")
    if not hits:
        empty = await asyncio.to_thread(base.store.counts) == Counts(0, 0, 0, 0)
        note = f"the knowledge base {base.name!r} is empty: add documents" if empty else query.note
        return QAResponse(answer=None, answers=[], note=note)
    await use_states(base, inference, request.model)
    said = await inference.predict(
        task, request.model, [EncoderInput(request.question, hit.passage.text) for hit in hits]
    )
    answers = read(hits, said.predictions, request.threshold)[: request.top_k]
    best = answers[0].text if answers else None
    return QAResponse(model=said.model, answer=best, answers=answers, note=query.note)


def _nearest_pair(query: Query) -> FoundAnswer | None:
    """Give the answer of the stored question that is most like the one asked, if it is like enough; blocks on disk."""
    likest = max(
        ((likeness(query.text, hit), hit) for hit in query.hits(PAIRS, "faq")), key=lambda pair: pair[0], default=None
    )
    if likest is None or likest[0] < query.base.preferences().faq_threshold:
        return None
    score, passage = likest[0], likest[1].passage
    answer = passage.answer or ""
    place = FoundIn(
        id=passage.document_id,
        title=passage.title,
        start=0,
        end=len(answer),
        passage=passage.text,
        passage_start=0,
    )
    return FoundAnswer(text=answer, start=0, end=len(answer), score=score, kind="faq", document=place)


def likeness(asked: str, hit: Hit) -> float:
    """Say how like a stored question the one asked is, 0 to 1: 1 for the same terms, else the cosine of their vectors.

    Where there is no vector yet: twice the terms that both have, over the terms of both (Dice).
    """
    mine, theirs = indexed(asked).split(), indexed(hit.passage.text).split()
    if mine == theirs:
        return 1.0 if mine else 0.0
    if hit.similarity is not None:
        return min(1.0, max(0.0, hit.similarity))
    shared = len(set(mine) & set(theirs))
    return 2 * shared / (len(set(mine)) + len(set(theirs)))


def read(hits: Sequence[Hit], predictions: Sequence[Prediction], threshold: float | None) -> list[FoundAnswer]:
    """Give what was read in the passages, best first: by their odds over the square of the passage's rank.

    Passages overlap: of spans that overlap in a document the best is kept.
    """
    spans = [
        (_weight(answer.score, rank), answer)
        for rank, (hit, prediction) in enumerate(zip(hits, predictions, strict=True), 1)
        for answer in _spans(hit, prediction, threshold)
    ]
    taken: dict[str, list[tuple[int, int]]] = {}
    kept = []
    for _, answer in sorted(spans, key=lambda pair: -pair[0]):  # sorts stably: hits come best first
        place = answer.document
        assert place is not None
        others = taken.setdefault(place.id, [])
        if all(place.end <= start or end <= place.start for start, end in others):
            others.append((place.start, place.end))
            kept.append(answer)
    return kept


def _weight(score: float, rank: int) -> float:
    """Weigh a score by where its passage was found: a reader knows its passage, and little of the others.

    Of 30 questions to the demo's help pages 9 were answered right by the score alone, 15 to 17 with the logarithm of
    the rank taken off the log odds two to six times.
    """
    sure = min(max(score, CERTAIN), 1 - CERTAIN)
    return math.log(sure / (1 - sure)) - RANK_WEIGHT * math.log(rank)


def _spans(hit: Hit, prediction: Prediction, threshold: float | None) -> Iterator[FoundAnswer]:
    passage = hit.passage
    least = threshold if threshold is not None else prediction.threshold
    for span in prediction.spans:
        if least is None or span.score >= least:
            yield FoundAnswer(
                text=passage.text[span.start : span.end],
                start=span.start,
                end=span.end,
                score=span.score,
                kind="document",
                document=FoundIn(
                    id=passage.document_id,
                    title=passage.title,
                    start=passage.start + span.start,
                    end=passage.start + span.end,
                    passage=passage.text,
                    passage_start=passage.start,
                ),
            )
