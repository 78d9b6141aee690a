"""Where sentences end: known cases of several scripts, and what holds for any text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.testing import HOSTILE_TEXTS
from trunkline_qa.knowledge.sentences import sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "marked",
    [
        "It is lost.|Is it?|Yes!|It is…|Gone.",
        "It costs 3.50 euros.|Version 2.0 is out.",
        "Dr. Smith and J. K. Rowling met, e.g. in Rome, at St. Paul's.|They left.",
        "See No. 5 and Fig. 3.|The answer is no.|We know.",
        'He said "Wait."|Then he left.',
        "wait... and see.|Then go.",
        "1. Open the box.|2. Read the sheet.",
        "In 2024.|Then it closed.",
        "包裹丢失后五天内退款。|怎么办？|请联系我们！”|谢谢",
        "यह खो गया।|फिर मिला।",
        "هل ضاع؟|نعم.",
        "Herr Dr. Meier zahlt inkl. Porto 5 Euro, z.B. bar.|Danke.",
    ],
)
def test_ends(marked: str) -> None:
    assert cut(marked.replace("|", " ").replace("。 ", "。").replace("？ ", "？")) == marked.split("|")


def test_lines() -> None:
    assert cut("Refunds\n\nlost parcels are refunded\nwithin five days\nAsk us") == [
        "Refunds",
        "lost parcels are refunded\nwithin five days",
        "Ask us",
    ]
    assert cut("One.\r\nTwo.\r\n") == ["One.", "Two."]


def check(text: str) -> None:
    """Sentences stand in order, hold no blank at an edge, and leave out blanks alone."""
    reached = 0
    for start, end in sentences(text):
        assert reached <= start < end
        assert text[start:end] == text[start:end].strip()
        assert not text[reached:start].strip()
        reached = end
    assert not text[reached:].strip()


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_hostile_texts(text: str) -> None:
    check(text)


@given(st.text(st.sampled_from("aA1 .!?…。？'\"”)\n\r\t\u3000\u2028") | st.characters(exclude_categories=["Cs"])))
def test_any_text(text: str) -> None:
    check(text)


@pytest.mark.parametrize("piece", [".", ". ", "\n", " ", '."', ".'", "。", "”", "a.", "A. ", "\r\n", ".\n", "1.", "?!"])
def test_a_megabyte_of_anything_is_cut_in_a_second(piece: str) -> None:
    began = time.process_time()
    for _ in sentences(piece * (1_000_000 // len(piece))):
        pass
    assert time.process_time() - began < 3  # some 0.5 here; a rule that looks back over all is in the minutes
