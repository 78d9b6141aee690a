"""The headers by which a request says how soon it wants its answer, and how much of its texts is to be read."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic import BaseModel, Field

from trunkline.api.problems import InvalidRequest
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
        None,
        ge=1,
        le=2**31,
        description="how many tokens of each text are read at most, those that the trunk itself adds not counted; cut "
        "before the first word that does not fit whole (a first word alone may be cut); the answer does not tell of it",
    )


async def _said_once(headers: Annotated[TermsHeaders, Header()], request: Request) -> TermsHeaders:
    """Refuse a header that contradicts itself: a client and a proxy before it may each have set it."""
    for field in TermsHeaders.model_fields:
        name = field.replace("_", "-")
        if len(set(request.headers.getlist(name))) > 1:
            twice = {"loc": ("header", name), "msg": "given more than once, with different values", "type": "ambiguous"}
            raise InvalidRequest([twice], f"{name}: given more than once, with different values: send it once")
    return headers


RequestTerms = Annotated[TermsHeaders, Depends(_said_once)]


def terms_of(headers: TermsHeaders, settings: Settings) -> Terms:
    """Give the terms that headers ask for, from now. Raises `InvalidInput` for more time than the server allows."""
    seconds, most = headers.trunkline_deadline, settings.deadline_seconds
    if seconds is not None and seconds > most:
        raise InvalidInput(f"trunkline-deadline: {seconds:g} s; this server allows {most:g} s at most")
    return Terms.within(seconds or most, headers.trunkline_priority, headers.trunkline_max_tokens)
