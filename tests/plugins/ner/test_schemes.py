"""Schemes against seqeval's reading, and against themselves: what is written is read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from trunkline_ner import schemes
from trunkline_ner.schemes import Scheme

LABELS = ["person", "creative-work", "LOC"]


@st.composite
def tagged(draw: st.DrawFn) -> tuple[list[schemes.Span], int]:
    """Draw spans in order, without overlap, some of them touching, and the number of tokens."""
    spans, position = [], 0
    for gap, length, label in draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from(LABELS)), max_size=6)
    ):
        spans.append((position + gap, position + gap + length, label))
        position += gap + length
    return spans, position + draw(st.integers(0, 2))


@pytest.mark.parametrize("scheme", [Scheme.IOB1, Scheme.IOB2, Scheme.BILOU, Scheme.BIOES])
@given(drawn=tagged())
def test_what_is_written_in_a_scheme_is_read_back(scheme: Scheme, drawn: tuple[list[schemes.Span], int]) -> None:
    spans, length = drawn
    written = schemes.tags(spans, length, scheme)
    assert len(written) == length
    assert schemes.spans(written) == spans


@given(drawn=tagged())
def test_labels_alone_join_neighbours_of_one_label(drawn: tuple[list[schemes.Span], int]) -> None:
    spans, length = drawn
    joined: list[schemes.Span] = []
    for first, stop, label in spans:
        if joined and joined[-1][1:] == (first, label):
            first = joined.pop()[0]
        joined.append((first, stop, label))
    assert schemes.spans(schemes.tags(spans, length, Scheme.IO)) == joined


@given(st.lists(st.sampled_from(["O", *(f"{p}-{label}" for p in "BIES" for label in LABELS)]), max_size=12))
def test_any_sequence_however_wrong_is_read_as_seqeval_reads_it(tags: list[str]) -> None:
    expected = [(first, last + 1, label) for label, first, last in get_entities(tags)]
    assert schemes.spans(tags) == expected


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        (["O"], Scheme.IO),
        (["O", "LOC", "creative-work"], Scheme.IO),
        (["O", "B-LOC", "I-LOC"], Scheme.IOB1),
        (["O", "B-LOC", "L-LOC", "U-LOC"], Scheme.BILOU),
        (["O", "B-LOC", "E-LOC", "S-LOC"], Scheme.BIOES),
        (["O", "B-LOC", "M-LOC", "E-LOC"], Scheme.BIOES),
    ],
)
def test_the_scheme_is_told_from_the_tags(tags: list[str], scheme: Scheme) -> None:
    assert schemes.detect(tags) is scheme


def test_tags_of_two_styles_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="the tag 'LOC' has no prefix as in 'B-PER'"):
        schemes.detect(["O", "B-PER", "LOC"])


def test_a_label_that_holds_a_dash_stays_whole() -> None:
    assert schemes.spans(["B-creative-work", "I-creative-work"]) == [(0, 2, "creative-work")]
    assert schemes.spans(["creative-work"]) == [(0, 1, "creative-work")]
