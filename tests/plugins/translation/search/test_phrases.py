"""Progress with phrases: what is placed, and the fewest tokens that are missing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline_translation.search.phrases import Phrases, Progress

TOKENS = st.integers(1, 4)
WAYS = st.lists(TOKENS, min_size=1, max_size=3).map(tuple)
PHRASES = st.lists(st.lists(WAYS, min_size=1, max_size=2).map(tuple), min_size=1, max_size=3).map(tuple)


def follow(phrases: Phrases, tokens: list[int]) -> Progress:
    progress = Progress()
    for length in range(1, len(tokens) + 1):
        progress = phrases.after(progress, tokens[:length])
    return progress


def test_a_phrase_in_any_of_its_ways_is_placed() -> None:
    phrases = Phrases((((5, 6, 7), (8,)), ((5, 6),)), 20)
    assert phrases.unplaced(follow(phrases, [1, 8, 5])) == (1,)
    assert phrases.unplaced(follow(phrases, [8, 5, 6])) == ()
    assert phrases.unplaced(follow(phrases, [5, 5, 6, 8])) == ()


def test_phrases_share_no_token() -> None:
    phrases = Phrases((((4, 5),), ((5, 6),), ((5, 6),)), 20)
    assert phrases.unplaced(follow(phrases, [4, 5, 6])) == (1, 2)
    assert phrases.unplaced(follow(phrases, [4, 5, 5, 6])) == (2,)
    assert phrases.unplaced(follow(phrases, [4, 5, 5, 6, 5, 6])) == ()


def test_the_longer_phrase_is_not_lost_for_the_shorter() -> None:
    phrases = Phrases((((5,),), ((4, 5, 6),)), 20)
    assert phrases.unplaced(follow(phrases, [4, 5, 6])) == (0,)
    assert phrases.unplaced(follow(phrases, [4, 5, 6, 5])) == ()


def test_what_does_not_fit_is_given_up_and_never_wanted() -> None:
    phrases = Phrases((((5, 6),), ((7, 8, 9),), ((4,),)), 3)
    assert phrases.missing(Progress(), ()) == 3
    assert phrases.next_tokens(Progress(), ()) == {5, 4}
    assert phrases.unplaced(follow(phrases, [5, 6, 4])) == (1,)


@settings(max_examples=300)
@given(PHRASES, st.lists(TOKENS, max_size=8))
def test_some_next_token_always_lowers_what_is_missing(wanted: tuple, tokens: list[int]) -> None:
    phrases = Phrases(wanted, 100)
    progress = follow(phrases, tokens)
    missing = phrases.missing(progress, tokens)
    assert (missing == 0) == (not phrases.unplaced(progress))
    while missing:
        steps = [[*tokens, token] for token in phrases.next_tokens(progress, tokens)]
        tokens = min(steps, key=lambda one: phrases.missing(phrases.after(progress, one), one))
        progress = phrases.after(progress, tokens)
        assert phrases.missing(progress, tokens) == missing - 1
        missing -= 1
    assert not phrases.unplaced(progress)
