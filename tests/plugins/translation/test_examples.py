"""Labelled rows, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from trunkline_translation.examples import MOST_CHARACTERS, TranslationExample


def test_a_row_keeps_its_texts_as_they_are() -> None:
    """White space, control characters, emoji and unnormalised letters are the data's own."""
    source = " a\u0007\u200b\r\n e\u0301 👩‍👩‍👧 [SEP] \ufeff"
    row = TranslationExample.model_validate({"source": source, "target": "\tb\x1b", "id": 7})
    assert (row.source, row.target, row.right.texts) == (source, "\tb\x1b", ("\tb\x1b",))


def test_further_references_come_behind_the_target() -> None:
    row = TranslationExample(source="a", target="b", references=["c", "d"], source_lang="en", target_lang="zh-Hant-TW")
    assert row.right == (("b", "c", "d"), "zh-Hant-TW")


@pytest.mark.parametrize(("given", "right"), [("c", ["c"]), (None, []), (("c", "d"), ["c", "d"])])
def test_references_as_columns_hold_them(given: Any, right: list[str]) -> None:
    assert TranslationExample.model_validate({"source": "a", "target": "b", "references": given}).references == right


@pytest.mark.parametrize(
    ("row", "place", "told"),
    [
        ({"source": "", "target": "b"}, ("source",), "it is empty; give both sides"),
        ({"source": "a", "target": " \u3000\n"}, ("target",), "it is empty; give both sides"),
        ({"source": "a\0", "target": "b"}, ("source",), "a NUL character at 1"),
        ({"source": "a", "target": "b" * (MOST_CHARACTERS + 1)}, ("target",), "100,001 characters, the limit is 100,0"),
        ({"source": "a", "target": "\ud800"}, ("target",), "half of a surrogate pair"),
        ({"source": "a", "target": 5}, ("target",), "valid string"),
        ({"source": "a", "target": "b", "references": ["c", ""]}, ("references", 1), "it is empty"),
        ({"source": "a", "target": "b", "source_lang": "English"}, ("source_lang",), "match pattern"),
        ({"source": "a"}, ("target",), "required"),
    ],
)
def test_what_is_wrong_is_told_with_its_field(row: dict[str, Any], place: tuple[str | int, ...], told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TranslationExample.model_validate(row)
    (error,) = caught.value.errors()
    assert error["loc"] == place
    assert told in error["msg"]


def test_a_row_of_every_length_up_to_the_limit_is_taken() -> None:
    assert len(TranslationExample(source="a" * MOST_CHARACTERS, target="b").source) == MOST_CHARACTERS
