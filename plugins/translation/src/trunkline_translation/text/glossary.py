"""Terms with the translations they are to have: which occur in a sentence, and whether a translation has them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from trunkline import DataError
from trunkline_translation.text.scripts import CJK, HANGUL, SOUTH_EAST_ASIAN
from trunkline_translation.text.spans import Span

_JOINED = CJK + HANGUL + SOUTH_EAST_ASIAN  # scripts in which a term may begin and end within a word
_UNITS = re.compile(rf"[{_JOINED}]|[^\W{_JOINED}]+|[^\w\s]")
_WITHIN = re.compile(rf"[^\W{_JOINED}]")


@dataclass(frozen=True, slots=True)
class Term:
    """A phrase and its wanted translation. One without capitals is found in any case, others as they are written."""

    source: str
    target: str

    @property
    def any_case(self) -> bool:
        return self.source == self.source.lower()


@dataclass(frozen=True, slots=True)
class Found:
    """A term at code points [start, end) of a sentence; `wanted` is its translation as it is to be written there."""

    term: Term
    start: int
    end: int
    wanted: str

    def span(self) -> Span:
        return Span(self.start, self.end, "term", self.wanted)


class Glossary:
    """Terms by their first words, so that a sentence's time does not grow with the number of terms."""

    def __init__(self, terms: Iterable[Term] | Mapping[str, str] = ()) -> None:
        """Raises `DataError` with every term that is empty, has an empty translation, or is there twice."""
        given = [Term(*pair) for pair in terms.items()] if isinstance(terms, Mapping) else list(terms)
        self.terms = tuple(Term(term.source.strip(), term.target.strip()) for term in given)
        problems = list(problems_of((f"term {number}", term) for number, term in enumerate(self.terms, 1)))
        if problems:
            raise DataError(problems, "Give each term once, with its translation.")
        self._by_first: dict[str, list[Term]] = {}
        for term in sorted(self.terms, key=lambda term: -len(term.source)):
            self._by_first.setdefault(_first(term.source), []).append(term)

    def __len__(self) -> int:
        return len(self.terms)

    def find(self, sentence: str, spans: Sequence[Span] = ()) -> tuple[Found, ...]:
        """Give the terms that occur, in order and apart: of several at a place the longest; none that touches `spans`.

        Words are whole, except in scripts without spaces and in Korean, whose particles stick to words.
        """
        found: list[Found] = []
        kept = iter(spans)
        span, end = next(kept, None), 0
        for unit in _UNITS.finditer(sentence) if self._by_first else ():
            while span is not None and span.end <= unit.start():
                span = next(kept, None)
            limit = len(sentence) if span is None else span.start
            term = self._at(sentence, unit, limit) if unit.start() >= end else None
            if term is not None:
                end = unit.start() + len(term.source)
                found.append(Found(term, unit.start(), end, _cased(term, sentence[unit.start() : end])))
        return tuple(found)

    def _at(self, sentence: str, unit: re.Match[str], limit: int) -> Term | None:
        for term in self._by_first.get(unit.group().casefold(), ()):
            end = unit.start() + len(term.source)
            if end <= limit and _is_there(term, sentence[unit.start() : end]) and _is_whole(sentence, end):
                return term
        return None


def problems_of(terms: Iterable[tuple[str, Term]]) -> Iterator[str]:
    """Tell what is wrong with terms, each with the place it comes from."""
    seen: dict[str, str] = {}
    for place, term in terms:
        if not term.source.strip() or not _UNITS.search(term.source):
            yield f"{place}: the term is empty"
        elif not term.target.strip():
            yield f"{place}: the term {term.source!r} has no translation"
        elif term.source.strip() in seen:
            yield f"{place}: the term {term.source!r} stands twice, here and in {seen[term.source.strip()]}"
        else:
            seen[term.source.strip()] = place


def occurs(phrase: str, text: str) -> bool:
    """Tell whether `phrase` is in `text` as whole words, in any case."""
    return bool(_finder(phrase).find(text))


def words(text: str) -> list[str]:
    """Give the words in lower case; signs where the script has no spaces; no punctuation."""
    return [unit.casefold() for unit in _UNITS.findall(text) if unit.isalnum()]


@lru_cache(maxsize=4096)
def _finder(phrase: str) -> Glossary:
    return Glossary([Term(form, phrase) for form in {phrase, phrase.lower()}])


def _first(text: str) -> str:
    found = _UNITS.search(text)
    return found.group().casefold() if found else ""


def _is_there(term: Term, text: str) -> bool:
    return text == term.source or (term.any_case and text.casefold() == term.source.casefold())


def _is_whole(sentence: str, end: int) -> bool:
    """Tell whether a word ends at `end`: no letter of its own script and no mark goes on with it."""
    if end >= len(sentence):
        return True
    if unicodedata.category(sentence[end]).startswith("M"):
        return False
    return not (_WITHIN.match(sentence[end - 1]) and _WITHIN.match(sentence[end]))


def _cased(term: Term, text: str) -> str:
    """Write the translation as the term is written there: in capitals, or with one at a sentence's beginning."""
    if term.any_case and len(text) > 1 and text.isupper():
        return term.target.upper()
    if text != term.source and text[:1].isupper() and term.source[:1].islower():
        return term.target[:1].upper() + term.target[1:]
    return term.target
