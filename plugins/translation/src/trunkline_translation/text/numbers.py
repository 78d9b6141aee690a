"""Whether the numbers of a sentence are in its translation too, written in another language's way or not."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from trunkline_translation.text.spans import Span

_NUMBER = re.compile(r"\d+(?:[.,:/'’٫٬-]\d+)*")
_GROUPED = re.compile(r"(?<=\d)[.,'’٬\u00a0\u202f](?=\d{3}(?!\d))")
_GROUPED_BY_SPACES = re.compile(r"(?<=\d)[.,'’٬\u00a0\u202f ](?=\d{3}(?!\d))")
_DIGITS = re.compile(r"\d+")
_MALFORMED = re.compile(r"(?<![\d.,])\d{1,3}(?P<sign>[.,])(?:\d{3}(?P=sign)){1,20}(?:\d{1,2}|\d{4,20})(?!\d|[.,]\d)")
"""The sign that groups thousands parts the fraction too, as in 1.234.50."""


def find(text: str, spans: Sequence[Span] = ()) -> list[Span]:
    """Give a span of kind `number` for every number that touches none of `spans`: 3, 1,000.50, 2024-11-05, 10:30."""
    taken = [False] * (len(text) + 1)
    for span in spans:
        taken[span.start : span.end] = [True] * (span.end - span.start)
    return [
        Span(match.start(), match.end(), "number", match.group())
        for match in _NUMBER.finditer(text)
        if not any(taken[match.start() : match.end()])
    ]


def kept(source: str, translation: str) -> bool:
    """Tell whether all digits of `source` are in `translation`, each run of them as often; more may be there.

    Signs that group thousands do not count, nor does what parts a fraction, a date or a time: 1,000.5 is 1.000,5 and
    1 000,5; digits of any script are equal to ours. No number may be malformed, as 1.234.50 is, that `source` has not.
    """
    if not _DIGITS.search(source):
        return True
    if any(match.group() not in source for match in _MALFORMED.finditer(translation)):
        return False
    return any(
        not _runs(source, grouped) - _runs(translation, grouped_there)
        for grouped in (_GROUPED, _GROUPED_BY_SPACES)
        for grouped_there in (_GROUPED, _GROUPED_BY_SPACES)
    )


def _runs(text: str, grouped: re.Pattern[str]) -> Counter[str]:
    return Counter(
        "".join(str(unicodedata.decimal(digit)) for digit in run) for run in _DIGITS.findall(grouped.sub("", text))
    )
