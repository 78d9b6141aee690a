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
from trunkline_translation.text.small_words import SMALL_WORDS

_SMALL = frozenset[str | None]().union(*SMALL_WORDS.values())
"""Of all languages: they change whole (`o`, `uma`), come and go with a term's gender."""
_ROOM = 1.5
_SPARE = 3  # words


def agrees(forced: str, guide: str, terms: Sequence[Found]) -> bool:
    """Tell whether `forced` is `guide` but for the forms of words: the same ones, the terms in the same places.

    Small words, articles most of all, may be others, and one of them a term may be more or less.
    """
    one, other = _outline(forced, terms), _outline(guide, terms)
    if abs(len(one) - len(other)) > len(terms):
        return False
    one, other = [word for word in one if word not in _SMALL], [word for word in other if word not in _SMALL]
    return len(one) == len(other) and all(map(_is_form, one, other))


def is_sound(guide: str, free: str, terms: Sequence[Found]) -> bool:
    """Tell whether `guide` is about as long as `free`, the translation without terms: marks may derail a model."""
    return len(_outline(guide, terms)) <= _ROOM * len(words(free)) + _SPARE


def cased(text: str, sentence: str, terms: Sequence[Found]) -> str:
    """Take the capital of a term that began its sentence away where it no longer does, and give one to what does."""
    for found in terms:
        if found.start == 0 and not found.wanted.isupper() and not text.startswith(found.wanted):
            text = text.replace(found.wanted, found.term.target)
        elif sentence[:1].isupper() and text.startswith(found.wanted):
            text = text[:1].upper() + text[1:]
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
    """Tell whether two words may be forms of one: the same, or in scripts with spaces with the same first letter."""
    if one is None or other is None or is_unspaced(one[0]):
        return one == other
    return one[0] == other[0]
