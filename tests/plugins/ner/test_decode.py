"""Decoding against the plain definition: of all valid sequences, the most probable one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from seqeval.scheme import BILOU, IOB2, IOBES, Tokens

from trunkline import CorruptArtifact
from trunkline_ner import schemes
from trunkline_ner.decode import best_path, found, found_all, valid
from trunkline_ner.schemes import Scheme
from trunkline_ner.units import Units

PREFIXES = {Scheme.IOB1: "BI", Scheme.IOB2: "BI", Scheme.BILOU: "BILU", Scheme.BIOES: "BIES"}


def tags_of(scheme: Scheme, labels: str = "XY") -> tuple[str, ...]:
    return ("O", *(f"{prefix}-{label}" for label in labels for prefix in PREFIXES[scheme]))


def words(length: int) -> Units:
    """Make units of one character, a space between."""
    starts = np.arange(length, dtype=np.int64) * 2
    return Units(np.arange(length), starts, starts + 1)


@pytest.mark.parametrize("scheme", list(PREFIXES))
def test_the_path_is_the_best_of_all_valid_ones(scheme: Scheme) -> None:
    random = np.random.default_rng(0)
    tags = tags_of(scheme, "X" if len(PREFIXES[scheme]) > 2 else "XY")
    for length in (1, 2, 4):
        sequences = [
            list(sequence)
            for sequence in itertools.product(range(len(tags)), repeat=length)
            if all(
                valid(before, tag, scheme)
                for before, tag in itertools.pairwise(["O", *(tags[index] for index in sequence), "O"])
            )
        ]
        for _ in range(20):
            scores = random.normal(size=(length, len(tags))).astype(np.float32)
            best = max(sequences, key=lambda sequence: scores[range(len(sequence)), sequence].sum())
            assert best_path(scores, tags, scheme).tolist() == best


@pytest.mark.parametrize(("scheme", "reference"), [(Scheme.IOB2, IOB2), (Scheme.BILOU, BILOU), (Scheme.BIOES, IOBES)])
def test_what_is_decoded_is_valid_to_seqeval(scheme: Scheme, reference: type) -> None:
    random = np.random.default_rng(1)
    tags = tags_of(scheme)
    for _ in range(50):
        path = best_path(random.normal(size=(9, len(tags))).astype(np.float32), tags, scheme)
        sequence = [tags[index] for index in path]
        strict = [(e.start, e.end, e.tag) for e in Tokens(sequence, reference).entities]
        assert strict == schemes.spans(sequence)


def test_a_score_is_the_mean_probability_of_the_spans_tags() -> None:
    tags = tags_of(Scheme.IOB2, "X")
    probabilities = np.array([[0.1, 0.8, 0.1], [0.3, 0.1, 0.6], [0.9, 0.05, 0.05]])
    ((start, end, label, score),) = found(np.log(probabilities), words(3), "a b c", tags, Scheme.IOB2)
    assert (start, end, label) == (0, 3, "X")
    assert score == pytest.approx(0.7)


def test_tags_that_allow_no_valid_sequence_still_get_an_answer() -> None:
    logits = np.zeros((1, 2), dtype=np.float32)
    assert len(found(logits, words(1), "a", ("I-X", "E-X"), Scheme.BIOES)) == 1


def test_without_units_there_are_no_entities() -> None:
    assert found(np.zeros((0, 3), dtype=np.float32), words(0), "", tags_of(Scheme.IOB2, "X"), Scheme.IOB2) == []


def test_damaged_weights_are_told() -> None:
    logits = np.zeros((2, 3), np.float32)
    logits[1, 2] = np.nan
    with pytest.raises(CorruptArtifact, match="not finite"):
        found(logits, words(2), "a b", ("O", "B-X", "I-X"), Scheme.IOB2)


@pytest.mark.parametrize("scheme", list(PREFIXES))
def test_texts_decoded_at_once_are_decoded_as_each_alone(scheme: Scheme) -> None:
    """Empty ones, ones without an entity, and ones whose best tags are no valid sequence among them."""
    random = np.random.default_rng(2)
    tags = tags_of(scheme)
    lengths = [0, 3, 1, 0, 7, 2, 5, 0]
    for outside in (0.0, 3.0, 50.0):
        logits = [random.normal(size=(length, len(tags))).astype(np.float32) for length in lengths]
        for one in logits:
            one[:, 0] += outside
        texts = [" ".join("abcdefg"[:length]) for length in lengths]
        units = [words(length) for length in lengths]
        alone = [found(*one, tags, scheme) for one in zip(logits, units, texts, strict=True)]
        together = found_all(logits, units, texts, tags, scheme)
        assert [[span[:3] for span in one] for one in together] == [[span[:3] for span in one] for one in alone]
        scores = [span[3] for one in together for span in one]
        np.testing.assert_allclose(scores, [span[3] for one in alone for span in one], rtol=1e-6)
    assert found_all([], [], [], tags, scheme) == []
