"""Tokens against the tokenizers library's and transformers' own, offsets against the text itself."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as Backend

from texts import HOSTILE
from tiny import wordpiece_tokenizer
from trunkline.errors import InvalidInput, TrunkError
from trunkline.trunk.inputs import Encoded, EncoderInput
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.trunk.windows import cut
from vocabularies import KINDS

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@pytest.fixture(scope="module", params=sorted(KINDS))
def made(request: pytest.FixtureRequest) -> tuple[Tokenizer, Backend]:
    """Our tokenizer, and the library's own on the same file."""
    text = KINDS[request.param]().to_str()
    return Tokenizer.from_json(text, 0, 64), Backend.from_str(text)


def check_offsets(encoded: Encoded) -> None:
    """Offsets lie in their own side, do not begin or end in white space, and do not go back."""
    assert encoded.offsets.shape == (len(encoded), 2)
    for side, text in enumerate([encoded.source.text, encoded.source.pair]):
        offsets = encoded.offsets[encoded.sides == side]
        assert text is not None or not len(offsets)
        for start, end in offsets.tolist():
            assert 0 <= start <= end <= len(text or "")
            span = (text or "")[start:end]
            assert span == span.strip()
        assert (np.diff(offsets[:, 0]) >= 0).all()


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_text(made: tuple[Tokenizer, Backend], name: str) -> None:
    tokenizer, backend = made
    backend.encode_special_tokens = True
    text = HOSTILE[name]
    encoded = tokenizer.encode([EncoderInput(text)])[0]
    expected = backend.encode(text, add_special_tokens=False).ids
    if name == "special tokens":
        assert len(encoded) == len(expected)  # Unigram finds its own special pieces in the text
    else:
        assert encoded.ids.tolist() == expected
    check_offsets(encoded)
    check_offsets(tokenizer.encode([EncoderInput(HOSTILE["thai"], text)])[0])


@pytest.mark.parametrize("name", sorted(set(HOSTILE) - {"nul", "controls", "bom", "zero width", "private use"}))
def test_every_visible_character_lies_in_a_token(name: str) -> None:
    tokenizer = Tokenizer.from_json(KINDS["byte-level"]().to_str(), 0, 64)
    text = HOSTILE[name]
    encoded = tokenizer.encode([EncoderInput(text)])[0]
    covered = {place for start, end in encoded.offsets.tolist() for place in range(start, end)}
    assert {place for place, character in enumerate(text) if not character.isspace()} <= covered


@settings(max_examples=150, deadline=None)
@given(text=TEXT, pair=st.none() | TEXT)
def test_offsets_of_any_text(text: str, pair: str | None) -> None:
    for tokenizer in _all():
        encoded = tokenizer.encode([EncoderInput(text, pair)])[0]
        check_offsets(encoded)
        assert set(encoded.sides.tolist()) <= ({0} if pair is None else {0, 1})


_MADE: list[Tokenizer] = []


def _all() -> list[Tokenizer]:
    if not _MADE:
        _MADE.extend(Tokenizer.from_json(make().to_str(), 0, 64) for make in KINDS.values())
    return _MADE


def test_special_tokens_in_a_text_are_text(made: tuple[Tokenizer, Backend]) -> None:
    tokenizer, _ = made
    special = {
        token for frame in (tokenizer.template.single, tokenizer.template.pair) for p in frame.parts for token in p.ids
    }
    encoded = tokenizer.encode([EncoderInput(HOSTILE["special tokens"], HOSTILE["special tokens"])])[0]
    assert not special & set(encoded.ids.tolist())


@pytest.mark.parametrize("pair", [None, "cancel my order, please"])
def test_one_window_equals_what_the_library_gives(made: tuple[Tokenizer, Backend], pair: str | None) -> None:
    tokenizer, backend = made
    backend.encode_special_tokens = True
    text = "Ada Lovelace met Babbage."
    expected = backend.encode(text, pair)
    (window,) = cut(tokenizer.encode([EncoderInput(text, pair)])[0], tokenizer)
    assert window.ids.tolist() == expected.ids
    assert window.type_ids.tolist() == expected.type_ids
    assert [position >= 0 for position in window.positions] == [side is not None for side in expected.sequence_ids]


def test_empty_text_is_its_special_tokens(made: tuple[Tokenizer, Backend]) -> None:
    tokenizer, backend = made
    for source in (EncoderInput(""), EncoderInput("", "")):
        encoded = tokenizer.encode([source])[0]
        assert len(encoded) == 0
        assert encoded.offsets.shape == (0, 2)
        (window,) = cut(encoded, tokenizer)
        expected = backend.encode("") if source.pair is None else backend.encode("", "")
        assert window.ids.tolist() == expected.ids


def words(tokenizer: Tokenizer, text: str) -> list[str]:
    """The text from each word start to the next, without the spaces between."""
    encoded = tokenizer.encode([EncoderInput(text)])[0]
    starts = encoded.offsets[encoded.word_starts, 0].tolist()
    return [text[start:end].strip() for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def test_word_starts(made: tuple[Tokenizer, Backend]) -> None:
    tokenizer, _ = made
    assert words(tokenizer, "Ada met  Charles") == ["Ada", "met", "Charles"]
    assert words(tokenizer, " order 12, please!") == ["order", "12", ",", "please", "!"]


def test_word_starts_where_the_tokenizer_keeps_punctuation_with_words() -> None:
    tokenizer = Tokenizer.from_json(KINDS["unigram"]().to_str(), 0, 64)
    assert words(tokenizer, "London.") == ["London", "."]
    assert words(tokenizer, "天安门") == ["天", "安", "门"] or len(words(tokenizer, "我爱北京天安门")) > 1


def test_a_token_without_width_opens_no_word() -> None:
    tokenizer = Tokenizer.from_json(KINDS["unigram"]().to_str(), 0, 64)
    encoded = tokenizer.encode([EncoderInput("   天 x ")])[0]
    widths = encoded.offsets[:, 1] - encoded.offsets[:, 0]
    assert (widths[encoded.word_starts] > 0).all()
    assert encoded.word_starts.any()


@pytest.mark.parametrize("text", ["a\ud800b", "\udfff", "🙂\ud83d"])
def test_a_lone_surrogate_is_named_with_its_place(made: tuple[Tokenizer, Backend], text: str) -> None:
    place = next(index for index, character in enumerate(text) if 0xD800 <= ord(character) <= 0xDFFF)
    for source in (EncoderInput(text), EncoderInput("fine", text)):
        with pytest.raises(InvalidInput, match=rf"lone surrogate.*character {place},"):
            made[0].encode([EncoderInput("fine"), source])


def test_a_megabyte_word_is_read(made: tuple[Tokenizer, Backend]) -> None:
    encoded = made[0].encode([EncoderInput("q" * 1_000_000)])[0]
    assert encoded.offsets[0, 0] == 0
    assert encoded.offsets[-1, 1] == 1_000_000
    assert np.count_nonzero(encoded.word_starts) == 1


def test_many_threads_give_what_one_gives(made: tuple[Tokenizer, Backend]) -> None:
    tokenizer, _ = made
    inputs = [EncoderInput(text) for text in HOSTILE.values()]
    expected = [one.ids.tolist() for one in tokenizer.encode(inputs)]
    with ThreadPoolExecutor(8) as pool:
        for answer in pool.map(lambda _: tokenizer.encode(inputs), range(24)):
            assert [one.ids.tolist() for one in answer] == expected


def test_equals_transformers(tiny_trunk: Path) -> None:
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(tiny_trunk)
    ours = Tokenizer.from_folder(tiny_trunk)
    assert (ours.max_length, ours.pad_id) == (64, theirs.pad_token_id)
    for text in HOSTILE.values():
        expected = theirs(text, "where is it", split_special_tokens=True, return_token_type_ids=True)
        (window, *more) = cut(ours.encode([EncoderInput(text, "where is it")])[0], ours)
        if not more:
            assert window.ids.tolist() == expected["input_ids"]
            assert window.type_ids.tolist() == expected["token_type_ids"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"post_processor": None}, "no special token"),
        ({"model": {"type": "Unknown"}}, "cannot be read"),
    ],
)
def test_a_tokenizer_that_cannot_serve_is_refused(change: dict[str, Any], message: str) -> None:
    value = json.loads(wordpiece_tokenizer().to_str()) | change
    with pytest.raises(TrunkError, match=message):
        Tokenizer.from_json(json.dumps(value), 0, 64)


def test_a_folder_without_tokenizer_says_so(tmp_path: Path) -> None:
    with pytest.raises(TrunkError, match=r"no tokenizer: put tokenizer\.json"):
        Tokenizer.from_folder(tmp_path)


@given(st.text(st.characters(max_codepoint=127), max_size=60))
@settings(max_examples=500)
def test_text_in_ascii_takes_a_short_way_to_the_same_tokens(text: str) -> None:
    """Where the tokenizer splits at white space and punctuation itself."""
    short = Tokenizer.from_json(wordpiece_tokenizer().to_str(), 0, 64)
    assert short.splits
    long = replace(short, splits=False)
    [given], [expected] = (one.encode([EncoderInput(text)]) for one in (short, long))
    for name in ("ids", "offsets", "word_starts"):
        np.testing.assert_array_equal(getattr(given, name), getattr(expected, name))
        assert getattr(given, name).dtype == getattr(expected, name).dtype


def test_characters_that_are_unknown_are_told(made: tuple[Tokenizer, Backend]) -> None:
    """As a text of that character alone is read; asked by many threads, all are told the same."""
    tokenizer, _ = made
    text = "a é — \u20ac \U0001f600 ~\u4e2d{}\n" + "".join(HOSTILE.values())[:2_000]
    legal = [sign for sign in text if not "\ud800" <= sign <= "\udfff"]
    unknown = {
        one.source.text
        for one in tokenizer.encode([EncoderInput(sign) for sign in legal])
        if tokenizer.reserved.unknown in one.ids.tolist()
    } | (set(text) - set(legal))
    with ThreadPoolExecutor(8) as pool:
        assert all(found == unknown for found in pool.map(tokenizer.unknown, [text] * 32))
    assert tokenizer.unknown("") == frozenset()


def test_a_vocabulary_without_a_sign_says_so() -> None:
    tokenizer = Tokenizer.from_json(wordpiece_tokenizer().to_str(), 0, 64)
    assert "\u2603" in tokenizer.unknown("snow \u2603")
    assert "\ud800" in tokenizer.unknown("\ud800")
