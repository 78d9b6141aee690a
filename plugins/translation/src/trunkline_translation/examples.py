"""Labelled rows: a text and its translation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from trunkline_translation.languages import Language
from trunkline_translation.metrics import Right

_SURROGATE = re.compile("[\ud800-\udfff]")
MOST_CHARACTERS = 100_000
"""Of one side of a row: some thirty pages, far more than a model learns from at once."""


def _usable(text: str) -> str:
    """Give the text as it is, control characters and all. Raises `ValueError` where nothing can be learnt from it."""
    if not text.strip():
        raise ValueError("it is empty; give both sides of a pair, or leave the row out")
    if "\0" in text:
        raise ValueError(f"a NUL character at {text.index(chr(0))}; remove it")
    if _SURROGATE.search(text):
        raise ValueError("half of a surrogate pair, which no encoding can hold; remove it")
    if len(text) > MOST_CHARACTERS:
        raise ValueError(
            f"{len(text):,} characters, the limit is {MOST_CHARACTERS:,}; give a sentence or a paragraph a row"
        )
    return text


Side = Annotated[str, AfterValidator(_usable)]


class TranslationExample(BaseModel):
    """A text, its translation, and other translations that are right too."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    source: Side
    target: Side
    source_lang: Language | None = Field(None, description="such as en; needed where a model knows several")
    target_lang: Language | None = Field(None, description="such as pt-BR")
    references: list[Side] = Field(default=[], description="other right translations, that are measured against only")

    @field_validator("references", mode="before")
    @classmethod
    def _one_or_several(cls, given: Any) -> Any:
        """Take a single text, as a column of CSV holds it, and null for none."""
        if given is None:
            return []
        if isinstance(given, str):
            return [given]
        return list(given) if isinstance(given, Iterable) else given

    @cached_property
    def right(self) -> Right:
        """All right translations, `target` first, as scoring wants them; kept, since a thousand resamples ask."""
        return Right((self.target, *self.references), self.target_lang)
