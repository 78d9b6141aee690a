"""A knowledge base ranked for a query, in place of the request's own texts."""

from __future__ import annotations

import asyncio

from trunkline import Conflict, Inference, InvalidInput
from trunkline_qa.knowledge.bases import PLUGIN, bases_in
from trunkline_qa.knowledge.search import MOST_RESULTS, Hit, Query, search
from trunkline_qa.retrieval.messages import RankedIn, RankedText, RetrievalRequest, RetrievalResponse

TASK = "retrieval"


async def ranked(request: RetrievalRequest, inference: Inference) -> RetrievalResponse:
    """Rank the passages of the knowledge base that `request` names, by its words and its vectors.

    Raises `NotFound` for a base or version that is not there, `Conflict` where the base's vectors are not of the
    version asked for, `InvalidInput` where vectors are wanted.
    """
    if request.vectors:
        raise InvalidInput("vectors: true gives those of a request's own texts; leave it out with a knowledge_base")
    base = await asyncio.to_thread(bases_in(inference.data_folder(PLUGIN)).open, request.knowledge_base or "")
    query, hits = await search(base, inference, request.query, min(request.top_k, MOST_RESULTS))
    made_by = query.vectors.manifest.made_by.model if query.vectors else None
    _check(request, query, made_by, inference)
    return RetrievalResponse(model=made_by or "", results=[_shown(index, hit) for index, hit in enumerate(hits)])


def _check(request: RetrievalRequest, query: Query, made_by: str | None, inference: Inference) -> None:
    if request.model is None:
        return
    wanted = inference.version_info(TASK, request.model).reference
    if wanted != made_by:
        name = request.knowledge_base
        raise Conflict(
            f"the vectors of {name!r} are not those of {wanted}: leave the model out, or set it as the base's `model` "
            f"and rebuild: trunkline qa knowledge-base set {name} --model {request.model}, then rebuild {name}"
        )


def _shown(index: int, hit: Hit) -> RankedText:
    passage = hit.passage
    place = RankedIn(
        id=passage.document_id,
        kind=passage.kind,
        title=passage.title,
        start=passage.start,
        end=passage.end,
        answer=passage.answer,
    )
    return RankedText(index=index, text=passage.text, score=hit.score, document=place)
