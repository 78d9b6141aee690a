"""The headers by which a request says how soon it wants its answer, and how much of its texts is to be read."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header
from pydantic import BaseModel, Field

from trunkline.errors import InvalidInput
from trunkline.serving.terms import Priority, Terms
from trunkline.settings import Settings


class TermsHeaders(BaseModel):
    """Every one may be left out."""

    trunkline_priority: Priority = Field("normal", description="what waits with a higher one is answered first")
    trunkline_deadline: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="seconds after which the answer is not wanted any more"
    )
    trunkline_max_tokens: int | None = Field(
        None, ge=1, le=2**31, description="how many tokens of each text are read; what follows them is left out"
    )


RequestTerms = Annotated[TermsHeaders, Header()]


def terms_of(headers: TermsHeaders, settings: Settings) -> Terms:
    """Give the terms that headers ask for, from now. Raises `InvalidInput` for more time than the server allows."""
    seconds, most = headers.trunkline_deadline, settings.deadline_seconds
    if seconds is not None and seconds > most:
        raise InvalidInput(f"trunkline-deadline: {seconds:g} s; this server allows {most:g} s at most")
    return Terms.within(seconds or most, headers.trunkline_priority, headers.trunkline_max_tokens)
