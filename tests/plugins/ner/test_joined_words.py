"""Which words are kept whole, and that the data decides whether they are."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tiny import wordpiece_tokenizer
from trunkline import EncoderInput
from trunkline.trunk.tokenizer import Tokenizer
from trunkline_ner.joined_words import entities_keep_whole, joined_words
from trunkline_ner.units import units

TOKENIZER = Tokenizer.from_json(wordpiece_tokenizer().to_str(), 0, 64)


def cut(text: str, joined: bool = True) -> list[str]:
    (encoded,) = TOKENIZER.encode([EncoderInput(text)])
    words = units(encoded, joined)
    return [text[start:end] for start, end in zip(words.starts, words.ends, strict=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada met Karl.", ["Ada", "met", "Karl", "."]),
        ("@ada_l #berlin u.s.a don't", ["@ada_l", "#berlin", "u.s.a", "don't"]),
        ("(Ada's) O'Brien\u2019s jr.'s", ["(", "Ada", "'s", ")", "O'Brien", "\u2019s", "jr", ".", "'s"]),
        ("at 10:30, see https://a.org/b?c=1.", ["at", "10:30", ",", "see", "https://a.org/b?c=1", "."]),
        ("London-based Berlin,Paris", ["London-based", "Berlin", ",", "Paris"]),
        ("北京/上海", ["北", "京", "/", "上", "海"]),
        ("Paris \u0301a-b", ["Paris", "a-b"]),
        ("", []),
        ("-- @ #", ["-", "-", "@", "#"]),
    ],
)
def test_words_with_signs_inside_are_one_unit(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


def test_without_joining_every_sign_cuts() -> None:
    assert cut("u.s-b", joined=False) == ["u", ".", "s", "-", "b"]


def test_data_whose_spans_cut_words_has_them_cut() -> None:
    whole = ("London-based Ada", [(0, 12)])
    inner = ("London-based Ada", [(0, 6)])
    assert entities_keep_whole([whole])
    assert not entities_keep_whole([inner])
    assert not entities_keep_whole([whole] * 198 + [inner])
    assert entities_keep_whole([whole] * 199 + [inner])
    assert entities_keep_whole([("nothing marked", [])])


def test_a_text_made_to_be_slow_is_not() -> None:
    begin = time.perf_counter()
    for text in ("a" * 300_000, "a-" * 150_000, "a" + "-" * 300_000, "@#" * 150_000, "a'" * 150_000, "'s" * 150_000):
        starts, ends = joined_words(text)
        assert np.all(starts < ends)
    assert time.perf_counter() - begin < 5
