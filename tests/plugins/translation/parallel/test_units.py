"""Which two languages rows are made of."""

from __future__ import annotations

import pytest

from trunkline import DataError
from trunkline_translation.parallel.units import Unit, chosen, rows_of, splits

LANGUAGES = {"source_lang": "en", "target_lang": "pt"}


def units(*texts: dict[str, list[str]]) -> list[Unit]:
    return [Unit(f"m:{number}", one) for number, one in enumerate(texts, 1)]


def test_a_pair_is_read_in_every_way() -> None:
    assert splits("en-pt") == [("en", "pt")]
    assert splits("en-pt-BR") == [("en", "pt-BR"), ("en-pt", "BR")]


@pytest.mark.parametrize(
    ("pair", "known", "found"),
    [
        ("en-pt", ["pt", "en"], ("en", "pt")),
        ("pt-en", ["pt", "en"], ("pt", "en")),
        ("en-pt-BR", ["en-US", "pt-BR", "pt-PT"], ("en-US", "pt-BR")),
        ("en-US-pt-BR", ["en-US", "pt-BR"], ("en-US", "pt-BR")),
        ("en-pt", ["eng_Latn", "por_Latn"], ("eng_Latn", "por_Latn")),
        ("zh-Hant-en", ["zh-Hans", "zh-Hant", "en"], ("zh-Hant", "en")),
        ("en-GB-en-US", ["en-US", "en-GB"], ("en-GB", "en-US")),
        ("en-en", ["en", "pt"], None),
        ("en-de", ["en", "pt"], None),
    ],
)
def test_a_pair_means_two_of_the_languages(pair: str, known: list[str], found: tuple[str, str] | None) -> None:
    assert chosen(pair, known) == found


def test_the_only_two_languages_are_taken_the_first_named_as_the_source() -> None:
    problems: list[str] = []
    given = units({"en": ["a"], "pt": ["b", "c"]}, {"pt": ["d"], "en": ["e"]})
    assert rows_of(given, "m", None, None, problems) == [
        {
            "source": "a",
            "target": "b",
            "references": ["c"],
            "source_lang": "en",
            "target_lang": "pt",
            "__place__": "m:1",
        },
        {"source": "e", "target": "d", "references": [], **LANGUAGES, "__place__": "m:2"},
    ]
    assert [row["source"] for row in rows_of(given, "m", None, "PT-br", problems)] == ["b", "d"]
    assert not problems


def test_kinds_of_one_language_are_one_unless_a_kind_is_asked_for() -> None:
    some = {"en-US": ["a"], "pt": ["b"]}, {"en-GB": ["c"], "pt": ["d"]}
    given = units(*some, {"en-GB": ["e"], "en-US": ["f"], "pt": ["g"]})
    problems: list[str] = []
    assert [row["source"] for row in rows_of(given, "m", None, None, problems)] == ["a", "c", "e"]
    assert not problems
    assert [row["source"] for row in rows_of(given, "m", "en-US-pt", None, problems)] == ["a", "f"]
    assert problems == ["m:2: no text in 'en-US'; it has en-GB, pt"]


def test_units_without_one_of_both_are_told() -> None:
    problems = ["before"]
    given = units({"en": ["a"], "pt": ["b"]}, {"en": ["c"]}, {}, {"pt": ["d"]})
    assert len(rows_of(given, "m", None, None, problems)) == 1
    assert problems == [
        "before",
        "m:2: no text in 'pt'; it has en",
        "m:3: no text in 'en'; it has none at all",
        "m:4: no text in 'en'; it has pt",
    ]


@pytest.mark.parametrize(
    ("texts", "pair", "told"),
    [
        ({"en": ["a"], "pt": ["b"], "de": ["c"]}, None, "m: 3 languages where two are expected: en, pt, de\nName two"),
        ({"en": ["a"], "pt": ["b"], "de": ["c"]}, "en-fr", "m: no texts in 'en-fr'; its languages: en, pt, de\nName"),
        ({"en": ["a"]}, None, "m: 1 language where two are expected: en"),
        ({}, None, "m: 0 languages where two are expected: no text at all"),
    ],
)
def test_languages_that_cannot_be_told_are_an_error(texts: dict[str, list[str]], pair: str | None, told: str) -> None:
    with pytest.raises(DataError) as caught:
        rows_of(units(texts), "m", pair, None, [])
    assert str(caught.value).startswith(told)
    assert str(caught.value).endswith("m:en-pt.") == ("Name" in told)
