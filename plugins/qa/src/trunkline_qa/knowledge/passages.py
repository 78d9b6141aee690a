"""Passages of a text: whole sentences of some 100 to 150 words, each overlapping the one before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trunkline_qa.knowledge.scripts import UNSPACED
from trunkline_qa.knowledge.sentences import sentences

CUTTING = 1
"""Raise it when the rules of this file or of `sentences` change: documents put again are then cut again."""
ENOUGH = 100.0  # words: a passage that has so many takes no further sentence that would lead it over MOST
MOST = 150.0  # words of a passage, and of a sentence that is kept whole
OVERLAP = 30.0  # words at most of the one or two last sentences that open the next passage too
PIECE = 25.0  # words: into such a sentence of more than MOST is cut, so that passages overlap there too
SHARED = 2  # sentences
CHARACTERS_OF_WORD = 10  # code points that count as a word at least, where "words" are tables, hashes or addresses
UNSPACED_WORD = 0.5  # words that a character of Chinese, Japanese or Thai counts as

_UNIT = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}]{{1,{CHARACTERS_OF_WORD}}}")
_WORD = re.compile(r"\S+")
_HAS_UNSPACED = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text, in half-open code points."""

    start: int
    end: int
    words: float


def passages(text: str) -> list[tuple[int, int]]:
    """Give (start, end) of each passage, in order; none begins or ends in a blank, and only blanks are left out."""
    parts = [part for start, end in sentences(text) for part in _parts(text, start, end)]
    return [(parts[first].start, parts[last].end) for first, last in _groups(parts)]


def words(text: str) -> float:
    """Count words, as far as a passage's size goes: at least one for ten code points."""
    if _HAS_UNSPACED.search(text):
        return sum(UNSPACED_WORD if _HAS_UNSPACED.match(unit) else 1.0 for unit in _UNIT.findall(text))
    return max(float(len(_WORD.findall(text))), len(text) / CHARACTERS_OF_WORD)


def _groups(parts: Sequence[Part]) -> Iterator[tuple[int, int]]:
    """Yield (first, last) part of each passage."""
    first = 0
    while first < len(parts):
        last, total = first, parts[first].words
        while last + 1 < len(parts) and _fits(total, parts[last + 1].words):
            last += 1
            total += parts[last].words
        yield first, last
        if last + 1 == len(parts):
            return
        first = _shared(parts, first, last)


def _fits(total: float, more: float) -> bool:
    return total + more <= ENOUGH or (total < ENOUGH and total + more <= MOST)


def _shared(parts: Sequence[Part], first: int, last: int) -> int:
    """Give the first part of the next passage: one that ended this one, as far as the next new part still fits in."""
    begin, total = last + 1, parts[last + 1].words
    shared = 0.0
    while begin - 1 > first and last + 1 - begin < SHARED:
        shared += parts[begin - 1].words
        if shared > OVERLAP or not _fits(shared, total):
            break
        begin -= 1
    return begin


def _parts(text: str, start: int, end: int) -> Iterator[Part]:
    """Cut a sentence that has too many words; at blanks where there are some."""
    total = words(text[start:end])
    if total <= MOST:
        yield Part(start, end, total)
        return
    begin, reached, size = start, start, 0.0
    for match in _UNIT.finditer(text, start, end):
        unit = UNSPACED_WORD if _HAS_UNSPACED.match(match.group()) else 1.0
        if size + unit > PIECE:
            yield Part(begin, reached, size)
            begin, size = match.start(), 0.0
        reached, size = match.end(), size + unit
    yield Part(begin, end, size)
