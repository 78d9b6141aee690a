"""Rounds around translators that keep marks, lose them, double them, and spell numbers out."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from texts import HOSTILE
from trunkline_translation.text.glossary import Glossary
from trunkline_translation.text.protected import Ask, Sentence, drive, rounds, translate_protected
from trunkline_translation.text.spans import find_spans
from trunkline_translation.text.translating import Options, translate_texts


def backwards(texts: list[str]) -> list[str]:
    """A language that says everything the other way round."""
    return [" ".join(reversed(text.split())) for text in texts]


def shouting(texts: list[str]) -> list[str]:
    """A language of capitals, whose speakers copy what has no small letters; so marks survive."""
    return [
        text if re.fullmatch(r"[^a-z]*", text) else re.sub(r"\b[a-z]+\b", lambda m: m[0].upper(), text)
        for text in texts
    ]


def forgetful(texts: list[str]) -> list[str]:
    """No mark and no address is ever said again."""
    return [re.sub(r"\b[A-Z]{2}\d+\b|http\S+", "", text).upper() for text in texts]


def stammering(texts: list[str]) -> list[str]:
    return [f"{text} {text}" for text in texts]


def spelling(texts: list[str]) -> list[str]:
    """Numbers are written as words, in marks too."""
    return [re.sub(r"\d+", "many", text) for text in texts]


def silent(texts: list[str]) -> list[str]:
    return ["" for _ in texts]


ALL = [backwards, shouting, forgetful, stammering, spelling, silent]


def test_marks_that_come_back_are_enough() -> None:
    (outcome,) = translate_protected(["call {name} at https://a.b/C today"], backwards)
    assert (outcome.text, outcome.way) == ("today https://a.b/C at {name} call", "marks")


def test_a_sentence_without_spans_is_whole() -> None:
    (outcome,) = translate_protected(["just words here"], backwards)
    assert (outcome.text, outcome.way) == ("here words just", "whole")


def test_what_marks_cannot_keep_is_split() -> None:
    """What is around the span is translated by itself and equals its own translation."""
    (outcome,) = translate_protected(["call {name} at home"], forgetful)
    assert (outcome.text, outcome.way) == ("CALL {name} AT HOME", "split")


def test_only_what_failed_goes_round_again() -> None:
    asked: list[list[str]] = []

    def translate(texts: list[str]) -> list[str]:
        asked.append(texts)
        return forgetful(texts)

    translate_protected(["call {name} now", "plain words", "plain words", "12.5"], translate)
    assert asked == [["call XQ1 now", "plain words"], ["call http://x.y/1 now"], ["call", "now"]]


def test_numbers_that_were_spelt_out_are_put_back() -> None:
    (outcome,) = translate_protected(["it took 15 days"], spelling)
    assert (outcome.text, outcome.way) == ("it took 15 days", "split")
    changed = drive(rounds([Sentence("it took 15 days", numbers=False)]), spelling)
    assert changed[0].text == "it took many days"


@pytest.mark.parametrize("translate", ALL)
@pytest.mark.parametrize(
    "text",
    [
        "Write {name} to a@b.org or see https://a.b/c?d=1#e about version 3.11.7 of `pip install x`.",
        "Press <b>Save</b> or %(key)s and <0>leave</0> within 15 days, 10:30 at 1,000.50 euros",
        "点击{name}按钮，看https://a.b/c。有15天",
        "a\x00b 👨‍👩‍👧‍👦 c {x}{y} {x}",
    ],
)
def test_nothing_is_lost_whatever_the_translator_does(text: str, translate) -> None:
    (result,) = translate_texts([text], translate, Options("en", "xx"))
    spans = find_spans(text)
    for span in spans:
        assert result.text.count(span.text) >= text.count(span.text)
    assert all(run in result.text for run in re.findall(r"\d+", text))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "{a}",
                "<b>",
                "</b>",
                "word ",
                "好",
                " ",
                ", ",
                ".",
                "🙂",
                "`x` ",
                "15",
                "3.5 ",
                "\n",
                "\x00",
                "http://q/1 ",
            ]
        ),
        max_size=15,
    ),
    st.sampled_from(ALL),
)
def test_nothing_is_lost_in_any_text(pieces: list[str], translate) -> None:
    text = "".join(pieces)
    (result,) = translate_texts([text], translate, Options("en", "xx"))
    kept = [span.text for span in find_spans(text)]
    assert all(result.text.count(string) >= kept.count(string) for string in kept)
    assert result.text.count("\n") == text.count("\n")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_an_identity_gives_hostile_text_back(text: str) -> None:
    (result,) = translate_texts([text], list, Options("en", "zh"))
    assert result.text.replace(" ", "") == text.replace(" ", "")


GLOSSARY = Glossary({"trunk": "tronco", "shared trunk": "tronco comum", "Head": "cabeça"})


def with_terms(texts: Sequence[str], translate) -> list:
    return drive(rounds([Sentence(text, find_spans(text), GLOSSARY.find(text)) for text in texts]), translate)


def test_terms_are_placed_by_marks_where_the_translator_does_not_say_them() -> None:
    (outcome,) = with_terms(["the shared trunk runs"], backwards)
    assert (outcome.text, outcome.way, outcome.missing) == ("runs tronco comum the", "marks", ())


def test_what_has_its_terms_already_is_asked_for_once() -> None:
    steps = rounds([Sentence("the trunk {x} runs", find_spans("the trunk {x} runs"), GLOSSARY.find("the trunk runs"))])
    (ask,) = next(steps)
    assert (ask.text, ask.phrases) == ("the trunk XQ1 runs", ())
    with pytest.raises(StopIteration) as stopped:
        steps.send(["o tronco XQ1 corre"])
    (outcome,) = stopped.value.value
    assert (outcome.text, outcome.asked) == ("o tronco {x} corre", (ask,))


@pytest.mark.parametrize(
    ("forced", "expected"),
    [
        ("a tronco longa corre", "a tronco longa corre"),  # the same but for forms of words
        ("o baú longo corre. tronco", "o tronco longo corre"),  # behind the sentence
        ("o tronco baú longo corre", "o tronco longo corre"),  # beside what it should replace
        ("o longo tronco corre", "o tronco longo corre"),  # in another place
        ("o baú longo corre", "o tronco longo corre"),  # not there at all
    ],
)
def test_what_is_forced_is_believed_where_marks_come_out_in_the_same_places(forced: str, expected: str) -> None:
    text = "the long trunk runs"
    steps = rounds([Sentence(text, (), GLOSSARY.find(text))])
    assert next(steps) == [Ask(text)]
    asks = steps.send(["o baú longo corre"])
    assert asks == [Ask(text, ("tronco",)), Ask("the long XQ1 runs"), Ask("the long http://x.y/1 runs")]
    with pytest.raises(StopIteration) as stopped:
        steps.send([forced, "o XQ1 longo corre", "lost"])
    (outcome,) = stopped.value.value
    assert (outcome.text, outcome.missing) == (expected, ())
    assert outcome.asked == (asks[0 if expected == forced else 1],)


def test_marks_that_derail_the_model_are_not_believed() -> None:
    text = "the long trunk runs"
    steps = rounds([Sentence(text, (), GLOSSARY.find(text))])
    next(steps)
    steps.send(["o baú longo corre"])
    with pytest.raises(StopIteration) as stopped:
        steps.send(["o baú longo corre tronco", "o XQ1 longo" + " corre" * 9, "XQ1 e" * 9])
    (outcome,) = stopped.value.value
    assert (outcome.text, outcome.missing) == ("o baú longo corre", (GLOSSARY.terms[0],))


def test_a_term_that_cannot_be_placed_is_told_and_the_sentence_stays_whole() -> None:
    (outcome,) = with_terms(["the trunk runs"], forgetful)
    assert (outcome.text, outcome.way) == ("THE TRUNK RUNS", "whole")
    assert [(term.source, term.target) for term in outcome.missing] == [("trunk", "tronco")]


def test_a_split_sentence_has_its_terms() -> None:
    (outcome,) = with_terms(["the trunk of {x} runs"], forgetful)
    assert (outcome.text, outcome.missing) == ("THE tronco OF {x} RUNS", ())


def test_terms_in_scripts_without_spaces_are_parted_from_words() -> None:
    glossary = Glossary({"树干": "trunk"})
    text = "我用树干{x}跑"
    english = {"我用": "I use", "跑": "to run"}
    sentence = Sentence(text, find_spans(text), glossary.find(text, find_spans(text)))
    (outcome,) = drive(rounds([sentence]), lambda texts: [english.get(part, "lost") for part in texts])
    assert (outcome.text, outcome.way) == ("I use trunk{x}to run", "split")
