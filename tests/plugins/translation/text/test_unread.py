"""Characters unknown to a trunk: spelt otherwise, or kept with the word they are in."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from texts import HOSTILE
from trunkline_translation.text import unread
from trunkline_translation.text.protected import Sentence, drive, rounds
from trunkline_translation.text.spans import find_spans
from trunkline_translation.text.translating import Options, translate_texts

KNOWN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:!?'\"-/%()é")


def unknown(text: str) -> set[str]:
    return set(text) - KNOWN


def found(text: str) -> list[tuple[str, str]]:
    return [(span.kind, span.text) for span in unread.find(text, find_spans(text), unknown)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("any time—no questions asked…", "any time - no questions asked..."),
        ("— one — two —", "- one - two -"),
        ("2019—2024 and 9–5", "2019-2024 and 9-5"),
        ("“Don’t,” said ‘he’ «there»", '"Don\'t," said \'he\' "there"'),
        ("a naïve co\xadop\u200b e‑mail", "a naive coop e-mail"),
        ("the café's é", "the café's é"),
        ("ℵ stays, 中 too, ½", "ℵ stays, 中 too, ½"),
        ("plain - 'words'", "plain - 'words'"),
    ],
)
def test_typographic_signs_are_spelt_with_known_ones(text: str, expected: str) -> None:
    assert unread.spelt(text, unknown) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr Müller of Łódź is naïve", [("kept", "Müller"), ("kept", "Łódź")]),
        ("It takes ~5,5. Or 2½ of ½, −5", [("kept", "~5,5"), ("kept", "2½"), ("kept", "½"), ("kept", "−5")]),
        ("Settings → Cards • © 2024", [("unknown", "→"), ("unknown", "•"), ("unknown", "©")]),
        ("Привет, как there", [("kept", "Привет"), ("kept", "как")]),
        ("好abc了", [("kept", "好"), ("kept", "了")]),
        ("{a, b}", [("unknown", "{"), ("unknown", "}")]),
        ("see {name} — “here”", []),
        ("cafe\u0301 is plain", []),
    ],
)
def test_what_has_no_spelling_is_found_with_its_word(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_a_known_sign_is_left_as_it_is() -> None:
    """A vocabulary with dashes and quotes gets them."""
    text = "“Yes” — she’s Müller"
    assert unread.spelt(text, unread.none) == text
    assert list(unread.find(text, (), unread.none)) == []


def test_the_model_is_asked_what_it_can_read_and_the_rest_comes_back() -> None:
    asked: list[str] = []

    def translate(texts: list[str]) -> list[str]:
        asked.extend(texts)
        return [text.upper() for text in texts]

    (result,) = translate_texts(["© Müller’s cat—not the dog—is ill."], translate, Options("en", "xx", unknown=unknown))
    assert asked == ["XQ1's cat - not the dog - is ill."]
    assert result.text == "© Müller'S CAT - NOT THE DOG - IS ILL."
    kinds = frozenset({"number"})
    (result,) = translate_texts(["Müller’s"], translate, Options("en", "xx", kinds=kinds, unknown=unknown))
    assert result.text == "MULLER'S"


def test_what_is_known_is_asked_as_it_is() -> None:
    text = "Plain words, 3 of them; don't (really) mind: it's fine."
    assert drive(unread.spelling(rounds([Sentence(text)]), unknown), list)[0].text == text


@given(st.text(max_size=60))
def test_what_is_found_is_in_order_and_outside_the_others(text: str) -> None:
    spans = find_spans(text)
    every = sorted([*spans, *unread.find(text, spans, unknown)], key=lambda span: span.start)
    assert all(left.end <= right.start for left, right in pairwise(every))
    assert all(text[span.start : span.end] == span.text and span.text for span in every)
    unread.spelt(text, unknown)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_comes_back(text: str) -> None:
    (result,) = translate_texts([text], list, Options("en", "zh", unknown=unread.none))
    assert result.text.replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("unit", ["ü", "— ", "~1,", "1½", "“", " ñ"])
def test_time_is_linear(unit: str) -> None:
    text = unit * (500_000 // len(unit))
    start = time.perf_counter()
    list(unread.find(text, (), unknown))
    unread.spelt(text, unknown)
    assert time.perf_counter() - start < 8
