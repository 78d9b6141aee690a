"""What a knowledge base holds: documents, and questions with their answers."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag

MOST_CHARACTERS = 5_000_000
"""Of one document's text, in code points: some 800,000 words."""
MOST_QUESTION = 2_000  # code points of a stored question
MOST_ANSWER = 100_000  # code points of a stored answer
MOST_ID = 200
MOST_METADATA = 4_096  # code points of all keys and values together
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _printable(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("control characters and line breaks are not allowed here: remove them")
    return text


def _small(metadata: dict[str, str]) -> dict[str, str]:
    size = sum(len(key) + len(value) for key, value in metadata.items())
    if size > MOST_METADATA:
        raise ValueError(f"{size:,} characters in all, the limit is {MOST_METADATA:,}: keep what is large in the text")
    return metadata


def _no_steps(text: str) -> str:
    """Refuse what clients take for a way through folders: they would ask for another address."""
    if any(part in (".", "..") for part in text.split("/")):
        raise ValueError("no part of an id between slashes is . or ..")
    return text


Line = Annotated[str, Field(max_length=1_000), AfterValidator(_printable)]
Identifier = Annotated[
    str, Field(min_length=1, max_length=MOST_ID, pattern=r"\S"), AfterValidator(_printable), AfterValidator(_no_steps)
]
Metadata = Annotated[dict[str, str], AfterValidator(_small)]


class _Item(BaseModel):
    """What documents and FAQ pairs share."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Identifier = Field(description="its name in the base; the same again replaces it")
    title: Line | None = Field(None, description="is searched too, and is no part of the text")
    source: Line | None = Field(None, description="where it comes from: a path, an address; given back as it is")
    metadata: Metadata = Field(default_factory=dict, description="given back as it is")


class Document(_Item):
    """A text that is cut into passages, in which answers are looked for."""

    kind: Literal["document"] = "document"
    text: str = Field(pattern=r"\S", max_length=MOST_CHARACTERS, description="offsets count its code points")


class FAQPair(_Item):
    """A question whose answer is known, and is given whole."""

    kind: Literal["faq"] = "faq"
    question: str = Field(pattern=r"\S", max_length=MOST_QUESTION)
    answer: str = Field(pattern=r"\S", max_length=MOST_ANSWER)


def _kind(value: Any) -> Any:
    """Read what kind of item `value` is.

    One that does not say is a document, unless it has a question or an answer, and no text.
    """
    if not isinstance(value, dict):
        return getattr(value, "kind", None)
    is_pair = ("question" in value or "answer" in value) and "text" not in value
    return value.get("kind", "faq" if is_pair else "document")


Item = Annotated[
    Annotated[Document, Tag("document")] | Annotated[FAQPair, Tag("faq")],
    Discriminator(_kind),
]
"""A document or an FAQ pair, by `kind`; for pydantic's `TypeAdapter(Item)` and for fields of requests."""
