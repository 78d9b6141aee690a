"""Forced phrases are written wherever there is room for them, and an answer says which are not."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from chance import Chance, memory, prompt
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_generators import KINDS, VOCABULARY, generator
from tiny_generators import prompt as real_prompt

from trunkline_translation.search import Hypothesis, Phrase, Result, decode_all
from trunkline_translation.search.beams import Candidate
from trunkline_translation.search.constrained import shared

WAYS = st.lists(st.integers(2, 6), min_size=1, max_size=3).map(tuple)
PHRASES = st.lists(st.lists(WAYS, min_size=1, max_size=2).map(tuple), min_size=1, max_size=3).map(tuple)


def written(ids: tuple[int, ...], phrases: tuple[Phrase, ...]) -> bool:
    """Tell whether each phrase stands in `ids`, none sharing a token with another."""
    if not phrases:
        return True
    for way in phrases[0]:
        for at in range(len(ids) - len(way) + 1):
            rest = (*ids[:at], -1, *ids[at + len(way) :])
            if ids[at : at + len(way)] == way and written(rest, phrases[1:]):
                return True
    return False


def found(decoder: Chance, number: int, **settings_: Any) -> Result:
    return decode_all(decoder, decoder.vocabulary, [(memory(number), prompt(**settings_))], rows=1000)[0]


def log_probability(decoder: Chance, number: int, ids: tuple[int, ...]) -> float:
    total, row = 0.0, (float(number), 1)
    for token in ids:
        logits = decoder.logits(row).astype(np.float64)
        total += logits[token] - np.log(np.exp(logits).sum())
        row = (*row, token)
    return total


@pytest.mark.parametrize("phrases", [(((2, 3),),), (((4,), (2, 2)),), (((3,),), ((4, 2),))], ids=str)
@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
def test_with_room_for_all_it_finds_the_best_there_is(phrases: tuple[Phrase, ...], length_penalty: float) -> None:
    decoder = Chance(5, 1.0)
    short = [ids for length in range(1, 5) for ids in product(range(1, 5), repeat=length) if written(ids, phrases)]
    cut = [(*ids, last) for ids in short if len(ids) == 4 for last in range(1, 5)]  # room is kept for the end token
    every = [(*ids, 0) for ids in short] + cut
    for number in range(3):
        scores = {ids: log_probability(decoder, number, ids) / len(ids) ** length_penalty for ids in every}
        expected = max(scores, key=lambda ids: scores[ids])
        best = found(decoder, number, beams=900, max_length=6, phrases=phrases, length_penalty=length_penalty).best
        assert (*best.ids, 0)[: 5 if not best.finished else None] == expected
        assert best.score == pytest.approx(scores[expected], abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(PHRASES, st.integers(0, 50), st.integers(3, 14), st.sampled_from([-20.0, 0.0, 20.0]))
def test_what_fits_is_placed_and_the_rest_is_told(
    phrases: tuple[Phrase, ...], number: int, max_length: int, ending: float
) -> None:
    needed = sum(min(map(len, phrase)) for phrase in phrases)
    result = found(Chance(7, ending), number, max_length=max_length, phrases=phrases)
    for one in result.hypotheses:
        _honest(one, phrases)
        if needed <= max_length - 2:
            assert not one.unplaced
        assert len(one.ids) < max_length


def _honest(one: Hypothesis, phrases: tuple[Phrase, ...]) -> None:
    placed = tuple(phrase for place, phrase in enumerate(phrases) if place not in one.unplaced)
    assert written(one.ids, placed)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_real_decoder_writes_the_phrases_and_little_else_changes(name: str) -> None:
    model = generator(name)
    phrases: tuple[Phrase, ...] = (((8, 9),), ((17,), (5, 6, 7)))
    for one in model.memories:
        result = decode_all(model, VOCABULARY, [(one, real_prompt(phrases=phrases, alternatives=2))])[0]
        assert len(result.hypotheses) == 2
        for each in result.hypotheses:
            assert written(each.ids, phrases)
            assert not each.unplaced
    free = decode_all(model, VOCABULARY, [(model.memories[0], real_prompt(beams=4))])[0].best
    its_own = (free.ids[:2],)
    same = decode_all(model, VOCABULARY, [(model.memories[0], real_prompt(beams=4, phrases=(its_own,)))])[0].best
    assert same.ids[:2] == its_own[0]


def test_a_phrase_wins_over_bans() -> None:
    decoder = Chance(7)
    banned: dict[str, Any] = {"suppressed": (5,), "banned": ((4, 6),), "no_repeat_ngram_size": 1}
    best = found(decoder, 1, phrases=(((5, 4, 6),), ((5,),)), **banned).best
    assert written(best.ids, (((5, 4, 6),), ((5,),)))


class Never(Chance):
    """Cannot write token 5."""

    def logits(self, row: tuple[float, ...]) -> np.ndarray:
        drawn = super().logits(row)
        drawn[5] = -np.inf
        return drawn


def test_what_the_decoder_cannot_write_is_told() -> None:
    best = found(Never(7, 1.0), 1, phrases=(((4,),), ((5, 3),))).best
    assert best.unplaced == (1,)
    assert 4 in best.ids


def test_a_prefix_counts() -> None:
    best = found(Chance(7, 50.0), 1, prefix=(5, 6), phrases=(((5, 6),),)).best
    assert (best.ids, best.unplaced) == ((5, 6), ())


def test_the_forced_end_keeps_its_place() -> None:
    best = found(Chance(7, -50.0), 1, forced_eos=True, max_length=6, phrases=(((5, 6),), ((4, 3),))).best
    assert best.finished
    assert written(best.ids, (((5, 6),), ((4, 3),)))


def test_beams_are_shared_among_stages() -> None:
    candidates = [(stage, Candidate(-float(place), place, 9)) for place, stage in enumerate([2, 2, 2, 1, 2, 0, 1])]
    assert [one.row for one in shared(candidates, 4)] == [0, 1, 3, 5]
    assert [one.row for one in shared(candidates, 2)] == [0, 5]
    assert [one.row for one in shared(candidates, 99)] == list(range(7))
    assert shared([], 4) == []
