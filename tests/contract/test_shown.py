from __future__ import annotations

from typing import Any, Self

import pytest
from pydantic import BaseModel, ConfigDict, model_validator

from trunkline.contract.shown import example_of, wanted


def model(example: Any) -> type[BaseModel]:
    class Request(BaseModel):
        model_config = ConfigDict(json_schema_extra={"examples": [example]} if example is not None else None)
        text: str
        about: str = ""
        model: str | None = None

    return Request


class Either(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"query": "a", "texts": ["b"], "model": "m"}]})
    query: str
    texts: list[str] | None = None
    base: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.texts is None) == (self.base is None):
            raise ValueError("one of the two")
        return self


@pytest.mark.parametrize("example", [None, "a text", []])
def test_no_example_shows_nothing(example: Any) -> None:
    assert example_of(model(example)) == {}
    assert wanted(model(example), "text") == {}


def test_what_may_be_left_out_is_not_wanted() -> None:
    assert wanted(model({"text": "a", "about": "b", "model": "m"}), "text") == {}
    assert wanted(model({"text": "a", "about": "b"}), "about") == {"text": "a"}


def test_where_one_of_two_is_required_the_example_says_which() -> None:
    assert wanted(Either, "query") == {"texts": ["b"]}
