"""Metrics against seqeval in its strict mode."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from trunkline_ner import metrics, schemes

LENGTH = 8
TAG = st.sampled_from(["O", "O", *(f"{prefix}-{label}" for prefix in "BI" for label in ("PER", "LOC", "work"))])
SEQUENCES = st.lists(st.lists(TAG, min_size=LENGTH, max_size=LENGTH), min_size=1, max_size=6)


def valid(tags: list[str]) -> list[str]:
    """Repair tags into IOB2: strict seqeval leaves out what breaks the scheme, and none of our spans does."""
    return schemes.tags(schemes.spans(tags), len(tags))


@given(SEQUENCES, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_figures_are_those_of_seqeval_strict(marked: list[list[str]], random: object) -> None:
    true = [valid(tags) for tags in marked]
    said = [valid([tag if random.random() < 0.7 else "I-PER" for tag in tags]) for tags in true]  # type: ignore[attr-defined]
    assume(any(schemes.spans(tags) for tags in [*true, *said]))  # seqeval averages an empty slice there
    expected = classification_report(true, said, mode="strict", scheme=IOB2, output_dict=True, zero_division=0)
    spans = [[frozenset(schemes.spans(tags)) for tags in rows] for rows in (said, true)]
    score = metrics.score(*spans)
    micro, macro = expected.pop("micro avg"), expected.pop("macro avg")
    assert score["precision"] == pytest.approx(micro["precision"])
    assert score["recall"] == pytest.approx(micro["recall"])
    assert score["f1"] == pytest.approx(micro["f1-score"])
    assert score["macro_f1"] == pytest.approx(macro["f1-score"])
    expected.pop("weighted avg")
    per_type = metrics.report(*spans)["per_type"]
    assert per_type.keys() == expected.keys()
    for label, figures in expected.items():
        assert per_type[label]["f1"] == pytest.approx(figures["f1-score"])
        assert per_type[label]["precision"] == pytest.approx(figures["precision"])
        assert per_type[label]["recall"] == pytest.approx(figures["recall"])
        assert per_type[label]["support"] == figures["support"]


def test_nothing_marked_and_nothing_said_is_zero_as_in_seqeval() -> None:
    assert metrics.score([frozenset()], [frozenset()]) == {"f1": 0, "precision": 0, "recall": 0, "macro_f1": 0}


def test_responses_and_examples_must_be_equally_many() -> None:
    with pytest.raises(ValueError, match="zip"):
        metrics.score([frozenset()], [frozenset(), frozenset()])
