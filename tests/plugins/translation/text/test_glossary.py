from __future__ import annotations

import time

import pytest

from trunkline import DataError
from trunkline_translation.text.glossary import Glossary, Term, occurs
from trunkline_translation.text.spans import find_spans


def found(terms: dict[str, str], text: str) -> list[tuple[str, str]]:
    glossary = Glossary(terms)
    spans = find_spans(text)
    places = glossary.find(text, spans)
    assert all(text[place.start : place.end].casefold() == place.term.source.casefold() for place in places)
    return [(text[place.start : place.end], place.wanted) for place in places]


@pytest.mark.parametrize(
    ("terms", "text", "expected"),
    [
        ({"head": "cabeça"}, "Head of the head, headless heads", [("Head", "Cabeça"), ("head", "cabeça")]),
        ({"trunk": "a", "shared trunk": "b"}, "a shared trunk, a trunk", [("shared trunk", "b"), ("trunk", "a")]),
        ({"head": "cabeça"}, "HEAD UP", [("HEAD", "CABEÇA")]),
        ({"US": "EUA"}, "the US and us", [("US", "EUA")]),
        ({"C++": "C++", ".NET": "Punkt"}, "C++ or .NET or C", [("C++", "C++"), (".NET", "Punkt")]),
        ({"树干": "trunk", "干": "dry"}, "我用树干跑", [("树干", "trunk")]),
        ({"트렁크": "trunk"}, "트렁크를 열다", [("트렁크", "trunk")]),
        ({"name": "Name"}, "a name in {name} and https://name.org/name", [("name", "Name")]),
        ({"cafe": "x"}, "cafe\u0301 cafe", [("cafe", "x")]),
        ({"in the": "no"}, "in them, in the", [("in the", "no")]),
        ({}, "nothing", []),
    ],
)
def test_terms_are_found(terms: dict[str, str], text: str, expected: list[tuple[str, str]]) -> None:
    assert found(terms, text) == expected


def test_empty_and_repeated_terms_are_refused_all_at_once() -> None:
    with pytest.raises(DataError) as raised:
        Glossary([Term("a", "b"), Term(" ", "c"), Term("d", ""), Term("a ", "e")])
    assert raised.value.problems == (
        "term 2: the term is empty",
        "term 3: the term 'd' has no translation",
        "term 4: the term 'a' stands twice, here and in term 1",
    )


def test_a_translation_has_a_term_as_whole_words_in_any_case() -> None:
    assert occurs("art", "Art is long")
    assert not occurs("art", "to start")
    assert occurs("Tronco Comum", "o tronco comum.")
    assert occurs("树干", "用树干跑")


def test_many_terms_cost_no_more_than_few() -> None:
    glossary = Glossary({f"word{number} thing": "x" for number in range(20_000)})
    text = " ".join(f"word{number} thing" for number in range(20_000))
    start = time.perf_counter()
    assert len(glossary.find(text)) == 20_000
    assert time.perf_counter() - start < 3
