"""What may be given is said in words, and read as such."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from trunkline.cli.allowed import allowed, limits, read_word

Rule = Literal["auto", "fit"] | Annotated[float, Field(ge=0, le=1)]


@pytest.mark.parametrize(
    ("annotation", "told"),
    [
        (Rule, "auto, fit or a number from 0 to 1"),
        (Rule | None, "auto, fit or a number from 0 to 1"),
        (int | Literal["all"], "a whole number or all"),
        (dict[str, int], "JSON"),
        (Literal["x"] | list[dict[str, int]], "x or JSON"),
    ],
)
def test_what_is_allowed_is_said(annotation: Any, told: str) -> None:
    assert allowed(annotation) == told


@pytest.mark.parametrize(
    ("field", "told"),
    [
        (Field(ge=0, le=1), "from 0 to 1"),
        (Field(ge=0, lt=1), "from 0, below 1"),
        (Field(gt=0.5), "above 0.5"),
        (Field(max_length=3), ""),
    ],
)
def test_a_number_has_its_bounds(field: Any, told: str) -> None:
    class Model(BaseModel):
        value: Annotated[float, field] if told else Annotated[str, field]  # type: ignore[valid-type]

    assert limits(Model.model_fields["value"].metadata) == told


def test_words_need_no_quotes_and_the_rest_is_json() -> None:
    assert [read_word(Rule, text) for text in ("fit", "0.5", "null")] == ["fit", 0.5, None]
    with pytest.raises(json.JSONDecodeError):
        read_word(Rule, "fti")
