"""Labelled rows and the options of tuning, validated."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from trunkline import HeadOptions

TEMPERATURE = 0.05


class RetrievalExample(BaseModel):
    """A query and a text: a right one, or, in a log, one that was shown and not clicked."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    query: str = Field(pattern=r"\S")
    text: str = Field(pattern=r"\S")
    clicked: bool | None = None
    label: bool | None = None  # another name for `clicked`

    @model_validator(mode="after")
    def _says_it_once(self) -> Self:
        if self.clicked is not None and self.label is not None:
            raise ValueError("clicked and label both say whether the text is right: give one of them")
        return self

    @property
    def right(self) -> bool:
        """Tell whether the text is right for the query; a row that does not say is a pair that belongs together."""
        return self.clicked is not False and self.label is not False


class RetrievalOptions(HeadOptions):
    """What a user may choose when tuning."""

    dimension: int | None = Field(None, ge=2, description="numbers of a vector; default: as many as the trunk's states")
    temperature: float = Field(
        TEMPERATURE,
        gt=0,
        le=1,
        description="cosines are divided by it: the smaller, the more the nearest wrong texts count",
    )
