"""Terms by which passages are found: text is folded and cut here, so that SQLite has only blanks to cut at.

SQLite's own tokenizers find no words in Chinese or Thai and tear Hindi's apart. Words here are runs of letters,
digits and marks, folded in case and accents; scripts without spaces, and Korean, are cut into overlapping pairs
of characters, the usual way to serve them without a dictionary. `porter ascii` then only takes English endings
off, so that "refunded" finds "refunds"; other languages keep their words but for such endings, in passages and
questions alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from trunkline_qa.knowledge.scripts import HANGUL, LETTER_MARKS, UNSPACED

TERMS = 1
"""Raise it when the rules of this file change: documents put again are then indexed again."""
TOKENIZER = "porter ascii"
MOST_TERMS = 256
"""Of a question; SQLite's work grows with them."""
LONGEST_TERM = 64  # code points; what is longer is no word, and its beginning finds it

_PAIRED = UNSPACED + HANGUL
_RUN = re.compile(rf"([{_PAIRED}]+)|([^\W_{_PAIRED}{LETTER_MARKS}](?:[^\W_{_PAIRED}]|[{LETTER_MARKS}])*+)")
"""A run of characters that are paired, or a word."""
_ACCENTS = re.compile("[\u0300-\u036f]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
"""Soft hyphens, joiners and marks of direction: pasted into words unseen."""


def fold(text: str) -> str:
    """Give `text` in small letters, without accents and invisible signs, wide and joined forms made plain."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text)).casefold()
    return unicodedata.normalize("NFC", _ACCENTS.sub("", plain))


def indexed(text: str) -> str:
    """Give the terms of a passage with blanks between them.

    A run of paired characters ABC gives AB, BC and C, so that each of its characters begins a term.
    """
    return " ".join(_terms(fold(text), closing=True))


def query(text: str) -> str | None:
    """Give an expression of FTS5 that finds what shares a term with `text`; None where there is nothing to find.

    Each term is quoted: nothing in `text` is syntax. A single character is found at the beginning of every term.
    """
    found = list(dict.fromkeys(_quoted(_terms(fold(text), closing=False))))
    return " OR ".join(found[:MOST_TERMS]) or None


def _terms(folded: str, closing: bool) -> Iterator[str]:
    for match in _RUN.finditer(folded):
        run, word = match.groups()
        if word:
            yield word[:LONGEST_TERM]
            continue
        yield from (run[place : place + 2] for place in range(len(run) - 1))
        if closing or len(run) == 1:
            yield run[-1]


def _quoted(terms: Iterable[str]) -> Iterator[str]:
    for term in terms:
        single = len(term) == 1 and _IS_PAIRED.match(term)
        yield f'"{term}"*' if single else f'"{term}"'


_IS_PAIRED = re.compile(f"[{_PAIRED}]")
