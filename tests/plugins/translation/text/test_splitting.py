"""Pieces of a text are the text; sentences are those that a reader sees."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from texts import HOSTILE
from trunkline_translation.text.cutting import Limits
from trunkline_translation.text.spans import Span, find_spans
from trunkline_translation.text.splitting import join, split

SIGNS = st.one_of(
    st.sampled_from(
        [
            *"aB. !?,。！、「」\n\r\t\u2028\x85\x1c\x0b«»\"'()[]1🙂\u0301\u200d\ud800",
            "https://a.b/c. ",
            "<b>",
            "</b> ",
            "`x. y`",
        ]
    ),
    st.characters(),
)
TEXTS = st.lists(SIGNS, max_size=60).map("".join)


def sentences(text: str, language: str = "en", **limits: int) -> list[str]:
    pieces = split(text, language, Limits(**limits), find_spans(text))
    return [piece.text for piece in pieces if piece.translatable]


@settings(max_examples=600, deadline=None)
@given(text=TEXTS, language=st.sampled_from(["en", "zh", "ja", "pt", "xx", ""]), characters=st.integers(1, 50))
@example(text="\n \n", language="en", characters=3)
def test_pieces_are_the_text_whatever_it_is(text: str, language: str, characters: int) -> None:
    pieces = split(text, language, Limits(characters=characters), find_spans(text))
    assert "".join(piece.text for piece in pieces) == text
    assert [piece.start for piece in pieces] == [len("".join(p.text for p in pieces[:n])) for n in range(len(pieces))]
    assert join(pieces, [piece.text for piece in pieces if piece.translatable], "xx").replace(" ", "") == text.replace(
        " ", ""
    )
    for piece in pieces:
        assert piece.text
        if piece.translatable:
            assert piece.text == piece.text.strip()
            assert len(piece.text) <= characters


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_split_and_joined_as_it_was(text: str) -> None:
    pieces = split(text, "en", spans=find_spans(text))
    joined = join(pieces, [piece.text for piece in pieces if piece.translatable], "en")
    assert joined.replace(" ", "") == text.replace(" ", "")
    assert join(pieces, [piece.text for piece in pieces if piece.translatable], "zh") == text


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, data=st.data())
def test_a_kept_range_is_within_one_sentence_or_between(text: str, data: st.DataObject) -> None:
    """The user may keep what he likes, line breaks too: no cut goes through it."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    spans = [Span(start, end, "kept", text[start:end])] if start < end else []
    pieces = split(text, "en", spans=spans)
    assert "".join(piece.text for piece in pieces) == text
    for piece in pieces:
        if piece.translatable and spans and start < piece.start < end:
            assert not text[start : piece.start].strip()
        if piece.translatable and spans and start < piece.end < end:
            assert not text[piece.end : end].strip()


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Dr. Smith came. He left!  Why? ", ["Dr. Smith came.", "He left!", "Why?"]),
        ("en", "First line\nsecond line.\r\n\r\n  Third.", ["First line", "second line.", "Third."]),
        ("zh", "今天天气很好。我们走吧！好吗？", ["今天天气很好。", "我们走吧！", "好吗？"]),
        ("zho_Hans", "今天。走吧。", ["今天。", "走吧。"]),
        ("ja", "今日は。「はい。」と言った。", ["今日は。", "「はい。」と言った。"]),
        ("de", "Das ist z. B. gut. Am 3. Mai kam er.", ["Das ist z. B. gut.", "Am 3. Mai kam er."]),
        ("hi", "मैं घर जा रहा हूँ। वह आया।", ["मैं घर जा रहा हूँ।", "वह आया।"]),
        ("en", "See https://a.b/c.d?e=f. Then go.", ["See https://a.b/c.d?e=f.", "Then go."]),
        ("en", "Run `a. B c` now. {name} waits. Ok.", ["Run `a. B c` now.", "{name} waits.", "Ok."]),
        ("en", "<b>One.</b> <i>Two.</i> Three", ["<b>One.</b>", "<i>Two.</i>", "Three"]),
        ("en", "- - -\n12.5\n🙂 🙂\n?!\n\nWord", ["Word"]),
        ("en", "https://a.b/c {x}\nWord", ["Word"]),
    ],
)
def test_sentences(language: str, text: str, expected: list[str]) -> None:
    assert sentences(text, language) == expected


def test_long_sentences_are_cut_at_clauses_then_blanks_then_between_signs() -> None:
    clauses = "first we walk a long way, then we rest for a while, and at last we sleep"
    assert sentences(clauses, characters=40) == [
        "first we walk a long way,",
        "then we rest for a while,",
        "and at last we sleep",
    ]
    assert sentences("one two three four", characters=10) == ["one two", "three four"]
    family = "👨‍👩‍👧‍👦"
    pieces = split("a" + family * 10 + "b", "en", Limits(characters=12))
    assert all(piece.text.count("\u200d") % 3 == 0 for piece in pieces)


def test_tokens_are_counted_by_the_models_own_tokenizer() -> None:
    """`count` decides, not characters; it is asked for lists, not for one text after another."""
    asked: list[int] = []

    def count(texts: list[str]) -> list[int]:
        asked.append(len(texts))
        return [len(text.split()) for text in texts]

    text = " ".join(f"word{number}" for number in range(1_000)) + ". Short one."
    found = [p.text for p in split(text, "en", Limits(100_000, 30, count)) if p.translatable]
    assert all(len(piece.split()) <= 30 for piece in found)
    assert " ".join(found) == text
    assert len(asked) < 10


def test_joining_follows_the_languages_way() -> None:
    chinese = split("你好。世界。\n好", "zh")
    assert join(chinese, ["Hello.", "World.", "Good"], "en") == "Hello. World.\nGood"
    english = split("Hello. World.  Good.\nMore", "en")
    assert join(english, ["你好。", "世界。", "好。", "更多"], "zh") == "你好。世界。好。\n更多"
    assert join(english, ["Olá.", "Mundo.", "Bom.", "Mais"], "pt") == "Olá. Mundo.  Bom.\nMais"
    word = split("a" * 30, "en", Limits(characters=10))
    assert join(word, [p.text for p in word], "pt") == "a" * 30


@pytest.mark.parametrize("unit", ["a", "a ", "a. ", "。", "\n", "«", "'", "( ", "`", "<b", "{", "好", "a\u0301", "👨‍"])
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    text = unit * (300_000 // len(unit))
    start = time.perf_counter()
    split(text, "en", spans=find_spans(text))
    assert time.perf_counter() - start < 8


def test_a_tab_parts_sentences_and_stays() -> None:
    pieces = split("not found\t(see there)", "en")
    assert [(piece.text, piece.translatable) for piece in pieces] == [
        ("not found", True), ("\t", False), ("(see there)", True),
    ]  # fmt: skip
    assert join(pieces, ["a", "b"], "xx") == "a\tb"
