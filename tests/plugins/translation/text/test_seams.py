"""A small word on both sides of a seam is said once."""

from __future__ import annotations

import pytest

from trunkline_translation.text.seams import said_once

MARK_UP = {"<a>", "</a>"}


def once(source: list[str], after: list[str]) -> str:
    parts = [(part, part not in MARK_UP and part != "{x}") for part in source]
    return "".join(said_once(parts, after, MARK_UP))


@pytest.mark.parametrize(
    ("source", "after", "expected"),
    [
        (
            ["<a>", "one", "</a>", " and ", "<a>", "two"],
            ["<a>", "um", "</a>", " e ", "<a>", "e dois"],
            "<a>um</a> e <a>dois",
        ),
        (["we and ", "<a>", "two"], ["nós e ", "<a>", "e dois"], "nós e <a>dois"),
        (["we", "<a>", "two"], ["nós", "<a>", "nós dois"], "nós<a>dois"),
        (["they", "<a>", "two"], ["eles", "<a>", "eles dois"], "eles<a>eles dois"),
        (["we of ", "{x}", " of two"], ["nós de ", "{x}", " de dois"], "nós de {x} de dois"),
        (["that ", "<a>", "that one"], ["que ", "<a>", "que um"], "que <a>que um"),
        (["we and ", "<a>", "and"], ["nós e ", "<a>", "e"], "nós e <a>e"),
        (["and", "<a>", "two"], ["e e", "<a>", "dois"], "e<a>dois"),
        (["and and", "<a>", "two"], ["e e", "<a>", "dois"], "e e<a>dois"),
    ],
)
def test_a_doubled_word_is_dropped(source: list[str], after: list[str], expected: str) -> None:
    assert once(source, after) == expected
