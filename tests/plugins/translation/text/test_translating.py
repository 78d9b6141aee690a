"""Whole texts: what comes out is the sentences' own translations, in their places."""

from __future__ import annotations

import pytest

from trunkline import InvalidInput
from trunkline_translation.text.cutting import Limits
from trunkline_translation.text.glossary import Glossary
from trunkline_translation.text.spans import Span
from trunkline_translation.text.translating import Options, Passage, translate_texts


def shouting(texts: list[str]) -> list[str]:
    return [text.upper() for text in texts]


def test_a_text_is_its_sentences_translations_in_its_own_layout() -> None:
    text = "First one.  Second one!\r\n\r\n\tThird line: {x}\n- - -\n🙂\n"
    (result,) = translate_texts([text], shouting, Options("en", "xx"))
    assert result.text == "FIRST ONE.  SECOND ONE!\r\n\r\n\tTHIRD LINE: {x}\n- - -\n🙂\n"
    assert [sentence.source for sentence in result.sentences] == ["First one.", "Second one!", "Third line: {x}"]
    assert all(text[s.start : s.end] == s.source for s in result.sentences)
    assert [s.text for s in result.sentences[:2]] == shouting(["First one.", "Second one!"])
    assert [s.way for s in result.sentences] == ["whole", "whole", "marks"]


def test_all_texts_go_in_one_call() -> None:
    calls: list[list[str]] = []

    def translate(texts: list[str]) -> list[str]:
        calls.append(texts)
        return shouting(texts)

    results = translate_texts(["One two. Three four.", "", "   \n", "12", "One two."], translate, Options("en", "xx"))
    assert calls == [["One two.", "Three four."]]
    assert [result.text for result in results] == ["ONE TWO. THREE FOUR.", "", "   \n", "12", "ONE TWO."]


def test_nothing_to_translate_asks_nothing() -> None:
    def never(texts: list[str]) -> list[str]:
        raise AssertionError(texts)

    texts = ["", " ", "\n\n", "12:30", "🙂👍🏽", "https://a.b/c", "?!", "\x00\x01", "{name}"]
    assert [result.text for result in translate_texts(texts, never, Options("en", "pt"))] == texts


def test_the_users_own_spans_strings_and_kinds() -> None:
    text = "keep this word and that name at a.b@c.de"
    passage = Passage(text, (Span(5, 9, "kept", "this"),))
    options = Options("en", "xx", keep=("that name",), kinds={"url"})
    (result,) = translate_texts([passage], shouting, options)
    assert result.text == "KEEP this WORD AND that name AT A.B@C.DE"
    with pytest.raises(InvalidInput, match="no kind of protected text"):
        Options("en", "xx", kinds={"links"})
    with pytest.raises(InvalidInput, match="is empty"):
        Options("en", "xx", keep=("",))


def test_what_is_in_the_target_language_is_noted_and_left_if_asked() -> None:
    text = "Eu não sei o que você quer. I do not know what you want."
    (noted,) = translate_texts([text], shouting, Options("en", "pt"))
    assert noted.sentences[0].note == "in_target"
    (left,) = translate_texts([text], shouting, Options("en", "pt", skip_target=True))
    assert left.text == "Eu não sei o que você quer. I DO NOT KNOW WHAT YOU WANT."
    (same,) = translate_texts(["Berlin"], list, Options("en", "de"))
    assert same.sentences[0].note == "unchanged"


def test_missing_terms_are_in_the_answer() -> None:
    glossary = Glossary({"trunk": "tronco"})

    def deaf(texts: list[str]) -> list[str]:
        return ["nada" for _ in texts]

    (result,) = translate_texts(["The trunk. A leaf."], deaf, Options("en", "pt", glossary=glossary))
    assert [[term.target for term in s.missing] for s in result.sentences] == [["tronco"], []]


def test_a_hundred_thousand_characters_and_one_giant_word() -> None:
    prose = "This sentence is here once more, and it is not short. " * 2_000
    word = "a" * 100_000
    results = translate_texts([prose, word], shouting, Options("en", "xx", limits=Limits(characters=500)))
    assert [result.text for result in results] == [prose.upper(), word.upper()]
