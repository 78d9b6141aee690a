"""Texts to vectors of length 1, by a trunk's mean states or by a version tuned for retrieval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from trunkline import EncoderInput, Inference, TrunklineError
from trunkline_qa.knowledge.preferences import Preferences
from trunkline_qa.knowledge.records import Passage

Floats = NDArray[np.float32]
TASK = "retrieval"


class VectorModel(BaseModel):
    """What turns texts into vectors: vectors of equal ones compare with each other, others do not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    trunk: str  # its id
    model: str | None  # a version as retrieval/name@number; None: the mean of the trunk's last states
    layer: int | None  # whose states those are
    query_prefix: str
    passage_prefix: str

    def __str__(self) -> str:
        return self.model or f"trunk {self.trunk[:12]}"

    def question(self, text: str) -> str:
        """Give what is read for a question, asked or stored."""
        return f"{self.query_prefix}{text}"

    def passage(self, passage: Passage) -> str:
        """Give what is read for a passage: a title says what it is about; a stored question is one like another."""
        if passage.kind == "faq":
            return self.question(passage.text)
        return f"{self.passage_prefix}{passage.title}\n{passage.text}" if passage.title else (
            f"{self.passage_prefix}{passage.text}"
        )  # fmt: skip


def vector_model(wanted: Preferences, inference: Inference, built: VectorModel | None = None) -> VectorModel:
    """Find what preferences mean now; where they name neither trunk nor model, the trunk `built` with is kept.

    Raises `NotFound`, and `InvalidInput` where there are several trunks and none is named.
    """
    prefixes = {"query_prefix": wanted.query_prefix, "passage_prefix": wanted.passage_prefix}
    if wanted.model is not None:
        version = inference.version_info(TASK, wanted.model)
        return VectorModel(trunk=version.trunk_id, model=version.reference, layer=None, **prefixes)
    kept = built.trunk if built is not None and built.model is None else None
    trunk = inference.trunk_info(wanted.trunk or kept)
    return VectorModel(trunk=trunk.id, model=None, layer=trunk.n_layers, **prefixes)


async def embedded(texts: Sequence[str], by: VectorModel, inference: Inference) -> Floats:
    """Give a vector of length 1 for each text, as (n, dimension); prefixes are the caller's to put.

    Raises what the engine raises, and `TrunklineError` for numbers that are not finite.
    """
    inputs = [EncoderInput(text) for text in texts]
    if by.model is not None:
        answer = await inference.predict(TASK, by.model, inputs)
        rows = [np.asarray(one, np.float32) for one in answer.predictions]
    else:
        assert by.layer is not None
        states = await inference.hidden_states(by.trunk, inputs, [by.layer])
        rows = [of_layer.mean for [of_layer] in states]
    return _normalised(np.stack(rows), by)


def _normalised(rows: Floats, by: VectorModel) -> Floats:
    if not np.isfinite(rows).all():
        raise TrunklineError(f"{by} gave vectors that are not finite: the model is at fault")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    found: Floats = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return found
