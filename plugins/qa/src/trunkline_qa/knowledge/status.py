"""What a base tells of itself: what it holds, which of it has vectors, and what is wrong with them."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from trunkline import CorruptArtifact, Inference
from trunkline_qa.knowledge.bases import KnowledgeBase
from trunkline_qa.knowledge.embedding import VectorModel
from trunkline_qa.knowledge.nearest import EXACT_ROWS, graphs_are_possible
from trunkline_qa.knowledge.preferences import Preferences
from trunkline_qa.knowledge.staleness import remedy, stale
from trunkline_qa.knowledge.vectors import Loaded


class VectorStatus(BaseModel):
    """The vectors of a base."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    passages: int = Field(description="that have a vector; the others are found by their words")
    missing: int = Field(description="passages that have none yet")
    dead: int = Field(description="vectors whose passages are gone: the next update may drop them")
    made_by: VectorModel | None = Field(description="null where there is no vector")
    dimension: int | None
    search: str | None = Field(description="exact: every vector is compared; graph: an index is walked")
    problem: str | None = Field(description="why they are not as the settings say, and the remedy; null: they are")


class BaseStatus(BaseModel):
    """One knowledge base."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    documents: int
    faq_pairs: int
    passages: int
    characters: int = Field(description="code points of all texts")
    generation: int = Field(description="grows with each change")
    bytes: int = Field(description="on disk, vectors included")
    settings: Preferences
    vectors: VectorStatus


def status(base: KnowledgeBase, inference: Inference) -> BaseStatus:
    """Describe a base; blocks on disk. Raises `NotFound` once it was deleted."""
    counts = base.store.counts()
    preferences = base.preferences()
    return BaseStatus(
        name=base.name,
        documents=counts.documents,
        faq_pairs=counts.faq_pairs,
        passages=counts.passages,
        characters=counts.characters,
        generation=base.store.generation(),
        bytes=base.size(),
        settings=preferences,
        vectors=_vectors(base, preferences, counts.passages, inference),
    )


def _vectors(base: KnowledgeBase, preferences: Preferences, passages: int, inference: Inference) -> VectorStatus:
    try:
        loaded = base.vectors.loaded()
    except CorruptArtifact:
        return _none(passages, f"they are damaged: {remedy(base.name)}")
    if loaded is None:
        return _none(passages if preferences.vectors else 0, None)
    living = base.living(loaded, None)
    covered = len(np.unique(loaded.numbers[living]))
    return VectorStatus(
        passages=covered,
        missing=max(0, passages - covered),
        dead=int(len(living) - living.sum()),
        made_by=loaded.manifest.made_by,
        dimension=loaded.blocks[0].shape[1],
        search="exact" if loaded.graph is None else "graph",
        problem=stale(base, loaded.manifest, inference) or _slow(loaded),
    )


def _none(missing: int, problem: str | None) -> VectorStatus:
    return VectorStatus(
        passages=0, missing=missing, dead=0, made_by=None, dimension=None, search=None, problem=problem
    )  # fmt: skip


def _slow(loaded: Loaded) -> str | None:
    if loaded.manifest.rows <= EXACT_ROWS or graphs_are_possible():
        return None
    return (
        f"{loaded.manifest.rows:,} vectors are compared one by one, and an index serves better above {EXACT_ROWS:,}: "
        "pip install 'trunkline-qa[index]', then rebuild"
    )
