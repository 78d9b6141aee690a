"""What a knowledge base tells of itself, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["document", "faq"]


@dataclass(frozen=True, slots=True)
class PutReport:
    """How many items of a batch were new, replaced another content, or were there already."""

    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document or FAQ pair without its text."""

    id: str
    kind: Kind
    title: str | None
    source: str | None
    characters: int  # code points of the text, or of question and answer together
    passages: int
    updated_at: datetime  # UTC


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document: `document_text[start:end] == text`; or the question of an FAQ pair, with its answer."""

    number: int  # never used for another passage of this base
    document_id: str
    kind: Kind
    start: int  # code points, half open; of the question itself in an FAQ pair
    end: int
    text: str
    title: str | None  # of the document; no part of the text
    answer: str | None  # of an FAQ pair


@dataclass(frozen=True, slots=True)
class Counts:
    """What a base holds."""

    documents: int
    faq_pairs: int
    passages: int  # the questions of FAQ pairs included
    characters: int  # code points
