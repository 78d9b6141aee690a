"""Characters that a trunk reads as unknown: typographic signs written otherwise, the others kept.

Measured with the Bergamot model en-pt: dashes that it does not know take a negation with them, curly quotes a letter of
the word beside; words with a letter that it does not know are damaged, and come back whole from behind a mark.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import replace

from trunkline_translation.text.protected import Ask, Result
from trunkline_translation.text.scripts import is_unspaced, is_wide
from trunkline_translation.text.spans import Span

Unknown = Callable[[str], Collection[str]]
"""Gives those characters of a text that a trunk reads as unknown."""

_LONG = "—―⸺"
_WRITTEN = {
    **dict.fromkeys("–‒‐‑", "-"), **dict.fromkeys(_LONG, " - "), "…": "...",
    **dict.fromkeys("“”„‟«»", '"'), **dict.fromkeys("‘’‚‛‹›", "'"),
}  # fmt: skip
_RANGE, _DASHES = re.compile(rf"(?<=\d)[{_LONG}](?=\d)"), re.compile(rf"\s{{0,20}}[{_LONG}]{{1,20}}\s{{0,20}}")
_FIGURES = ".,"  # within a number


def none(text: str) -> Collection[str]:
    """Say of a trunk that it reads every character."""
    return ()


def spelt(text: str, unknown: Unknown) -> str:
    """Write what is unknown with what is known: dashes, quotes, letters without their accents; others stay."""
    foreign = frozenset(unknown(text))
    if not foreign:
        return text
    if not foreign.isdisjoint(_LONG):
        text = _DASHES.sub(" - ", _RANGE.sub("-", text)).strip()
    return "".join(_instead(sign, unknown) if sign in foreign else sign for sign in text)


def spelling(
    steps: Generator[list[Ask], Sequence[str], Result], unknown: Unknown
) -> Generator[list[Ask], Sequence[str], Result]:
    """Pass on what `steps` asks, spelt as the trunk can read it, and the answers."""
    try:
        asked = next(steps)
        while True:
            asked = steps.send((yield [replace(ask, text=spelt(ask.text, unknown)) for ask in asked]))
    except StopIteration as stopped:
        result: Result = stopped.value
        return result


def find(text: str, spans: Sequence[Span], unknown: Unknown) -> Iterator[Span]:
    """Give what of `text` has no spelling, in order, outside `spans` (sorted, apart).

    A word with such a letter is kept whole, and a number with its sign (`~5`, `2½`); other signs are of kind `unknown`.
    """
    foreign = {sign for sign in unknown(text) if sign not in _WRITTEN and not _is_passed_over(sign)}
    if not foreign:
        return
    letters, signs = (
        re.escape("".join(sorted(sign for sign in foreign if sign.isalpha() == wanted))) for wanted in (True, False)
    )
    runs = re.compile("|".join(f"[{some}]+" for some in (letters, signs) if some))
    for start, end in zip(
        [0, *(span.end for span in spans)], [*(span.start for span in spans), len(text)], strict=True
    ):
        for match in runs.finditer(text, start, end):
            if match.start() < start:
                continue  # within the word before
            first, last = _whole(text, match, start, end)
            word = text[first:last]
            if word.islower() and not any(map(str.isalpha, unknown(spelt(word, unknown)))):
                continue
            is_word = any(map(str.isalnum, word))
            yield Span(first, last, "kept" if is_word else "unknown", word)
            start = last


def _whole(text: str, match: re.Match[str], start: int, end: int) -> tuple[int, int]:
    """Give the word of a run of letters, or the number of one of signs, within [start, end)."""
    first, last = match.span()
    if is_wide(text[first]) or is_unspaced(text[first]):
        return first, last
    is_part = _is_lettered if text[first].isalpha() else _is_figure
    while first > start and is_part(text[first - 1]):
        first -= 1
    while last < end and is_part(text[last]):
        last += 1
    while last > match.end() and text[last - 1] in _FIGURES:
        last -= 1
    while first < match.start() and text[first] in _FIGURES:
        first += 1
    return first, last


def _is_lettered(sign: str) -> bool:
    """Tell whether a sign goes on with a word; where words have no spaces none does."""
    return (sign.isalnum() or unicodedata.category(sign)[0] == "M") and not (is_wide(sign) or is_unspaced(sign))


def _is_figure(sign: str) -> bool:
    return sign.isdecimal() or sign in _FIGURES


def _is_passed_over(sign: str) -> bool:
    """Tell whether a sign has no place of its own: blanks, what joins to the sign before, and what is not seen."""
    return sign.isspace() or unicodedata.category(sign) in ("Mn", "Mc", "Me", "Cf")


def _instead(sign: str, unknown: Unknown) -> str:
    if unicodedata.category(sign) == "Cf":
        return ""
    written = _WRITTEN.get(sign) or (unicodedata.normalize("NFKD", sign)[0] if sign.isalpha() else sign)
    return sign if unknown(written) else written
