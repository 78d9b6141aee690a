"""Sentences of a text, by a rule of punctuation and line breaks that needs no model and knows many scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CLOSERS = "\"'”’»)\\]」』）】》〉"
_FULL = "。！？｡"  # Chinese and Japanese: no space needs to follow
_SPACED = ".!?…।॥؟۔።။"
_END = re.compile(
    rf"(?<![{_FULL}])[{_FULL}]++[{_CLOSERS}]*+\s*+"
    rf"|(?<![{_SPACED}])[{_SPACED}]++[{_CLOSERS}]*+\s++"
    r"|\n\s*+"
)
"""Where a sentence may end, with the blanks after it. Possessive, and no start inside a run: linear on any text."""
_ABBREVIATION = re.compile(
    r"\b(?:[^\W\d_]|mr|mrs|ms|dr|prof|st|vs|inc|ltd|corp|approx|tel|incl|excl|e\.g|i\.e|z\.b|d\.h|u\.a|bzw|ca|ggf|inkl"
    r"|zzgl|usw|p\.ej|sra|mme)\Z",
    re.IGNORECASE,
)
_BEFORE_NUMBER = re.compile(r"\b(?:no|nr|núm|fig|abb|abs|art|pp|vol|sec|ch|ext)\Z", re.IGNORECASE)
_LOOK_BACK = 12  # code points, more than the longest abbreviation
_NUMERAL = 4  # digits: a sentence that is a number alone is the number of an item


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Give (start, end) of each sentence, in order, without the blanks around it; all else of the text is covered.

    A line break ends a sentence unless the next line goes on in small letters, as in text that was wrapped.
    """
    start = len(text) - len(text.lstrip())
    for match in _END.finditer(text, start):
        if match.end() < len(text) and _ends(text, start, match):
            yield start, start + len(text[start : match.end()].rstrip())
            start = match.end()
    if start < len(text):
        yield start, len(text.rstrip())


def _ends(text: str, start: int, match: re.Match[str]) -> bool:
    mark = match.group()[0]
    if mark in _FULL or match.group().count("\n") > 1:
        return True
    if text[match.end()].islower():
        return False
    if mark != "." or "\n" in match.group():
        return True
    before = text[max(start, match.start() - _LOOK_BACK) : match.start()]
    if match.start() - start <= _NUMERAL and before.isdecimal():
        return False
    if text[match.end()].isdecimal() and _BEFORE_NUMBER.search(before):
        return False
    return not _ABBREVIATION.search(before)
