"""What is accepted as a labelled row, and how the rest is told."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from trunkline_ner.models import NerExample


def example(text: str, *spans: tuple[int, int, str], **more: Any) -> NerExample:
    entities = [{"start": start, "end": end, "label": label} for start, end, label in spans]
    return NerExample.model_validate({"text": text, "entities": entities, **more})


def test_extra_columns_are_ignored_and_spans_put_in_order() -> None:
    row = example("Ada in London", (7, 13, "place"), (0, 3, "person"), intent="x")
    assert [entity.label for entity in row.entities] == ["person", "place"]
    assert row.model_dump() == {
        "text": "Ada in London",
        "entities": [{"start": 0, "end": 3, "label": "person"}, {"start": 7, "end": 13, "label": "place"}],
    }


def test_white_space_at_the_edges_of_a_span_is_cut_off() -> None:
    row = example("I am Ada \u00a0 here", (4, 10, "person"))
    assert row.spans == {(5, 8, "person")}


def test_spans_that_touch_are_no_overlap() -> None:
    assert len(example("AdaKarl", (0, 3, "x"), (3, 7, "x")).entities) == 2


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([(0, 3, "a"), (5, 6, "b"), (2, 4, "c")], r"entities.2: 2 to 4 \(c\) overlaps entities.0, 0 to 3 \(a\)"),
        ([(0, 3, "a"), (0, 3, "a")], "entities.1: .* overlaps entities.0"),
        ([(0, 20, "a")], "entities.0.end: 20 lies behind the text's 12 characters"),
        ([(3, 4, "a")], "entities.0: .* nothing but white space"),
        ([(4, 4, "a")], "end: 4 is not behind the start, 4"),
        ([(5, 4, "a")], "end: 4 is not behind the start, 5"),
        ([(-1, 4, "a")], "greater than or equal to 0"),
        ([(0, 3, " ")], "label"),
        ([(0, 3, "")], "label"),
    ],
)
def test_a_bad_span_is_told_with_its_place(spans: list[tuple[int, int, str]], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        example("Ada met Karl", *spans)


def test_a_row_without_entities_column_is_an_error_not_a_text_without_entities() -> None:
    with pytest.raises(ValidationError, match="entities"):
        NerExample.model_validate({"text": "Ada"})
