"""What is told of pairs that can be learnt from, but look wrong."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from trunkline_translation.checks import warnings
from trunkline_translation.examples import TranslationExample

ENGLISH = [f"The committee approved proposal number {number}." for number in range(30)]
RUSSIAN = [f"Комитет одобрил предложение номер {number}." for number in range(30)]


def rows(*pairs: tuple[str, str]) -> list[TranslationExample]:
    return [TranslationExample(source=source, target=target) for source, target in pairs]


GOOD = rows(*zip(ENGLISH, RUSSIAN, strict=True))


def test_good_pairs_have_nothing_told_of_them() -> None:
    assert warnings(GOOD) == []
    assert warnings([]) == []
    assert warnings(rows(("OK", "Em ordem"), ("Sim", "Yes, I think it is"))) == []


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        (
            ("Windows 11 24H2", "Windows 11 24H2 "),
            "1 of 31 row(s) have the source itself as target, as 'Windows",
        ),
        (("Yes.", "Да. " * 30), "1 of 31 row(s) have a target over 4 times longer or shorter than usual here"),
        (("It rained all day long. " * 4, "Дождь."), "1 of 31 row(s) have a target over 4 times longer or shorter"),
        ((ENGLISH[3], RUSSIAN[4]), f"1 source(s) with different targets in different rows, as '{ENGLISH[3]}'"),
        ((ENGLISH[3], RUSSIAN[3]), "1 row(s) are given more than once, source and target"),
        (("Not translated.", "Not translated, it is."), "1 of 31 row(s) have a target without a letter of Cyrillic"),
        (("我们今天去北京看书。", "Сегодня"), "1 of 31 row(s) have a source without a letter of Latin"),
    ],
)
def test_each_odd_row_is_told(pair: tuple[str, str], told: str) -> None:
    assert [line for line in warnings([*GOOD, *rows(pair)]) if line.startswith(told)]


def test_lengths_are_compared_with_those_of_the_file() -> None:
    """A Chinese translation has a third of the signs, all along."""
    pairs = rows(*((f"The committee approved it on day {n}, at last.", f"{n}日委员会批准。") for n in range(30)))
    assert warnings(pairs) == []


def test_numbers_and_signs_have_no_script() -> None:
    assert warnings([*GOOD, *rows(("3.14", "3,14"), ("12 € + 5 %", "12 € и 5 %"))]) == []


def test_real_sentences_give_few_warnings(corpora: Path) -> None:
    folder = corpora / "tatoeba"
    for ours, pair in (("cmn", "cmn-eng"), ("deu", "deu-eng")):
        sides = [(folder / f"tatoeba.{pair}.{side}").read_text("utf-8").splitlines() for side in (ours, "eng")]
        found = warnings(rows(*zip(*sides, strict=True)))
        assert not [line for line in found if "a letter of" in line or "over 4" in line], found


def test_many_rows_are_looked_through_quickly() -> None:
    many = GOOD * 1000
    started = time.perf_counter()
    warnings(many)
    assert time.perf_counter() - started < 5
