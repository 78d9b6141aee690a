"""Whether a text is already in the language it is to be translated to: told by scripts and by small words.

No library: those that are exact are large, and the question is only which of two languages a sentence is in. It is
answered only where the evidence is plain; what is unsure counts as the source's language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from trunkline_translation.text.languages import base
from trunkline_translation.text.scripts import CJK, HANGUL, has_words
from trunkline_translation.text.small_words import LETTERS, SMALL_WORDS

_SCRIPTS = {
    "Han": "\u3400-\u4dbf\u4e00-\u9fff", "kana": "\u3040-\u30ff", "Hangul": HANGUL, "Cyrillic": "\u0400-\u052f",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff", "Arabic": "\u0600-\u06ff\u0750-\u077f", "Hebrew": "\u0590-\u05ff",
    "Devanagari": "\u0900-\u097f", "Bengali": "\u0980-\u09ff", "Tamil": "\u0b80-\u0bff", "Telugu": "\u0c00-\u0c7f",
    "Gujarati": "\u0a80-\u0aff", "Kannada": "\u0c80-\u0cff", "Malayalam": "\u0d00-\u0d7f", "Thai": "\u0e00-\u0e7f",
    "Georgian": "\u10a0-\u10ff", "Armenian": "\u0530-\u058f", "Ethiopic": "\u1200-\u137f",
    "Latin": "A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff",
}  # fmt: skip
_WRITTEN = {
    "Han": "zh yue", "kana": "ja", "Hangul": "ko", "Cyrillic": "ru uk be bg mk sr kk mn", "Greek": "el",
    "Arabic": "ar fa ur ps", "Hebrew": "he", "Devanagari": "hi mr ne", "Bengali": "bn", "Tamil": "ta", "Telugu": "te",
    "Gujarati": "gu", "Kannada": "kn", "Malayalam": "ml", "Thai": "th", "Georgian": "ka", "Armenian": "hy",
    "Ethiopic": "am",
}  # fmt: skip
_SCRIPT_OF = {language: script for script, languages in _WRITTEN.items() for language in languages.split()}
_WORD = re.compile(r"\b[^\W\d_]+(?:['’][^\W\d_]+)*\b")
_MOST = 2_000
"""Code points of a text that are looked at."""
_ENOUGH = 2  # small words, at least


def is_in_target(text: str, source: str, target: str) -> bool:
    """Tell whether `text` is plainly in language `target` and not in `source`; codes as models write them.

    By its letters where the two are written in different scripts, else by small words: at least two that only the
    target has, and twice as many as only the source has; all but one of the two may be words with letters that only
    the target has. False for languages that are not known here.
    """
    source, target, text = base(source), base(target), text[:_MOST]
    if source == target or not has_words(text):
        return False
    ours, theirs = _SCRIPT_OF.get(source, "Latin"), _SCRIPT_OF.get(target, "Latin")
    if ours != theirs:
        return _is_written(text, ours, theirs)
    only_ours, only_theirs = _own(source, target), _own(target, source)
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(text)]
    hits, misses = _counted(words, only_theirs), _counted(words, only_ours)
    foreign = _with_letters(text, source, target, only_theirs) if hits else 0
    return hits + foreign >= _ENOUGH and hits + foreign > 2 * misses


def is_unchanged(source: str, translation: str) -> bool:
    """Tell whether a translation is its source again, but for case, blanks and punctuation, and is language at all."""
    return has_words(source) and _bare(source) == _bare(translation)


def _is_written(text: str, source: str, target: str) -> bool:
    """Tell whether most letters are of `target`'s script; Chinese and Japanese share a script, kana tell them apart."""
    if {source, target} == {"Han", "kana"}:
        kana, letters = _share(text, _SCRIPTS["kana"]), _share(text, CJK)
        return letters > 0.5 and (kana > 0.2 if target == "kana" else kana == 0 and len(text) > 12)
    wanted = CJK if target in ("Han", "kana") else _SCRIPTS[target]
    return _share(text, wanted) > 0.7


def _share(text: str, letters: str) -> float:
    known = [sign for sign in text if sign.isalpha()]
    return len(re.findall(f"[{letters}]", "".join(known))) / len(known) if known else 0.0


def _own(language: str, other: str) -> frozenset[str]:
    return SMALL_WORDS.get(language, frozenset()) - SMALL_WORDS.get(other, frozenset())


def _counted(words: Iterable[str], known: frozenset[str]) -> int:
    return sum(word in known for word in words)


def _with_letters(text: str, source: str, target: str, known: frozenset[str]) -> int:
    """Count the other words with letters that only the target has; no names, which keep theirs in any language."""
    own = set(LETTERS.get(target, "")) - set(LETTERS.get(source, ""))
    found = [word.group() for word in _WORD.finditer(text)]
    plain = [word for place, word in enumerate(found) if place == 0 or word[0].islower()]
    return sum(not own.isdisjoint(word.casefold()) and word.casefold() not in known for word in plain)


def _bare(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]
