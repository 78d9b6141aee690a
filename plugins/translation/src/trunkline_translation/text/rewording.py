"""Sentences that models read badly as they stand, in a wording that they read well: capitals, and short fragments.

A model that has seen few sentences in capitals copies half of the words. One that has seen few fragments goes on where
a word was all there was: `Thanks` becomes a sentence of five words, `Thanks.` becomes one word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from trunkline_translation.text.glossary import words
from trunkline_translation.text.marks import ADDRESSES, WORDS
from trunkline_translation.text.scripts import is_unspaced

_MARK = re.compile("(" + "|".join(f"{re.escape(style.before)}[0-9]+" for style in WORDS + ADDRESSES) + ")")
_WORD = re.compile(r"[^\W\d_]+")
_FRAGMENT = 4  # words at most
_ENDS = ".", "!"


def lowered(text: str) -> str | None:
    """Give a sentence in capitals, of two words or more, in small letters; None for any other. Marks stay."""
    parts = _MARK.split(text)
    found = [word for part in parts[::2] for word in _WORD.findall(part)]
    if len(found) < 2 or not all(letter.isupper() for word in found for letter in word):
        return None
    first = _WORD.search(parts[0])
    small = _apart(text, str.lower)
    return small if first is None else small[: first.start()] + text[first.start()] + small[first.start() + 1 :]


def raised(text: str) -> str:
    """Give a translation in capitals; marks stay."""
    return _apart(text, str.upper)


def ended(text: str, translation: str) -> tuple[str, ...]:
    """Give a short fragment with each of two ends, if its translation has more words than it; else nothing."""
    said, told = words(text), words(translation)
    is_fragment = len(said) <= _FRAGMENT and text[-1:].isalnum() and not any(map(is_unspaced, text + translation))
    return tuple(text + end for end in _ENDS) if is_fragment and len(told) > len(said) else ()


def unended(translation: str) -> str:
    """Take the end of a translation off again."""
    return translation.rstrip("".join(_ENDS)).rstrip()


def shortest(translations: Sequence[str]) -> int:
    """Give the place of the one with the fewest words that has any; of equals the first."""
    counts = [len(words(translation)) or len(words(translations[0])) for translation in translations]
    return counts.index(min(counts))


def _apart(text: str, change: Callable[[str], str]) -> str:
    return "".join(part if place % 2 else change(part) for place, part in enumerate(_MARK.split(text)))
