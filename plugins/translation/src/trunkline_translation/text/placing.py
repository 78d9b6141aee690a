"""Whether terms stand where they belong, in a translation that was made to hold them.

A search that is forced to write a term inflects the words about it, but may write it anywhere: beside the word that it
should replace, or behind the sentence. A mark in the term's place comes out where the term belongs, but nothing agrees
with it. So the first is believed where the second says the same. Probabilities do not tell: measured on sentences of
support desks, terms that a model would not choose itself cost more in their place than others do in a wrong one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trunkline_translation.text.glossary import Found, Glossary, Term, words
from trunkline_translation.text.scripts import is_unspaced

_SHORT = 3
"""Letters of the longest article: short words may change whole (`o`, `uma`) where a term's gender is another one."""
_ROOM = 1.5
_SPARE = 3  # words


def agrees(forced: str, guide: str, terms: Sequence[Found]) -> bool:
    """Tell whether `forced` is `guide` but for the forms of words: as many of them, the terms in the same places."""
    one, other = _outline(forced, terms), _outline(guide, terms)
    return len(one) == len(other) and all(map(_is_form, one, other))


def is_sound(guide: str, free: str, terms: Sequence[Found]) -> bool:
    """Tell whether `guide` is about as long as `free`, the translation without terms: marks may derail a model."""
    return len(_outline(guide, terms)) <= _ROOM * len(words(free)) + _SPARE


def cased(text: str, terms: Sequence[Found]) -> str:
    """Take the capital of a term that began its sentence away where it no longer does."""
    for found in terms:
        if found.start == 0 and not found.wanted.isupper() and not text.startswith(found.wanted):
            text = text.replace(found.wanted, found.term.target)
    return text


def _outline(text: str, terms: Sequence[Found]) -> list[str | None]:
    """Give the words in lower case, None for what is in a term's place."""
    wanted = Glossary(Term(form, form) for form in _forms(found.wanted for found in terms))
    outline: list[str | None] = []
    at = 0
    for found in wanted.find(text):
        outline += [*words(text[at : found.start]), None]
        at = found.end
    return [*outline, *words(text[at:])]


def _forms(phrases: Iterable[str]) -> set[str]:
    """Give each as it is written and in lower case, which is found in any case."""
    return {form for phrase in phrases for form in (phrase, phrase.lower())}


def _is_form(one: str | None, other: str | None) -> bool:
    """Tell whether two words may be forms of one: in scripts with spaces, both short or with the same first letter."""
    if one is None or other is None or one == other:
        return one == other
    if is_unspaced(one[0]) or is_unspaced(other[0]):
        return False
    return one[0] == other[0] or max(len(one), len(other)) <= _SHORT
