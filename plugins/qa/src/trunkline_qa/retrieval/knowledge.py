"""A knowledge base ranked for a query, in place of the request's own texts."""

from __future__ import annotations

from trunkline import Inference, InvalidInput
from trunkline_qa.retrieval.messages import RetrievalRequest, RetrievalResponse


async def ranked(request: RetrievalRequest, inference: Inference) -> RetrievalResponse:
    """Rank the passages of the knowledge base that `request` names. Raises `InvalidInput`: none can be asked."""
    raise unknown(request)


def unknown(request: RetrievalRequest) -> InvalidInput:
    """Tell that there is no such knowledge base here."""
    return InvalidInput(
        f"knowledge_base {request.knowledge_base!r}: none can be ranked here; give the texts themselves"
    )
