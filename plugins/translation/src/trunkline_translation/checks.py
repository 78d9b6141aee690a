"""What looks wrong in pairs that can still be learnt from."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from trunkline_translation.examples import TranslationExample

UNEQUAL = 4.0
"""How much longer or shorter than usual for the file a translation is that was hardly made of its source."""

_LONG = 24  # characters of the longer side: shorter ones differ by nature ("OK" and its translation)
_SEEN = 200  # characters that tell a script
_USUAL = 0.9  # of the rows that have a script: a side's own, so that another one is odd
_FEWEST = 20  # rows that show what is usual
_SCRIPTS = {
    "Latin": "A-Za-z\u00aa-\u024f\u1e00-\u1eff",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Cyrillic": "\u0400-\u052f",
    "Armenian": "\u0530-\u058f",
    "Hebrew": "\u0590-\u05ff",
    "Arabic": "\u0600-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff",
    "Devanagari": "\u0900-\u097f",
    "Bengali": "\u0980-\u09ff",
    "Tamil": "\u0b80-\u0bff",
    "Thai": "\u0e00-\u0e7f",
    "Georgian": "\u10a0-\u10ff",
    "Chinese or Japanese": "\u3040-\u30ff\u3400-\u9fff",
    "Hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
}
_SIGN = re.compile("|".join(f"([{signs}])" for signs in _SCRIPTS.values()))
_NAMES = ["", *_SCRIPTS]


def warnings(examples: Sequence[TranslationExample]) -> list[str]:
    """Tell of sources that are their own translation, unequal lengths, sources with several targets, odd scripts."""
    found = [*_identical(examples), *_unequal(examples), *_several(examples)]
    return [*found, *_scripts(examples, "source"), *_scripts(examples, "target")]


def _identical(examples: Sequence[TranslationExample]) -> list[str]:
    same = [example.source for example in examples if example.source.strip() == example.target.strip()]
    if not same:
        return []
    return [f"{_rows(same, examples)} the source itself as target, as {_short(same[0])}: is it left untranslated?"]


def _unequal(examples: Sequence[TranslationExample]) -> list[str]:
    """Tell of rows whose sides differ in length unlike the file's on the whole: Chinese is short by nature."""
    usual = sum(len(one.target) for one in examples) / max(1, sum(len(one.source) for one in examples))
    odd = []
    for one in examples:
        ratio = len(one.target) / len(one.source) / usual
        if max(len(one.source), len(one.target)) >= _LONG and not 1 / UNEQUAL <= ratio <= UNEQUAL:
            odd.append(one.source)
    if not odd:
        return []
    return [
        f"{_rows(odd, examples)} a target over {UNEQUAL:.0f} times longer or shorter than usual here, "
        f"the first of {_short(odd[0])}: do its sides belong together?"
    ]


def _several(examples: Sequence[TranslationExample]) -> list[str]:
    targets: dict[str, set[str]] = defaultdict(set)
    for one in examples:
        targets[one.source].add(one.target)
    several = [source for source, found in targets.items() if len(found) > 1]
    twice = len(examples) - sum(len(found) for found in targets.values())
    told = []
    if several:
        told.append(
            f"{len(several)} source(s) with different targets in different rows, as {_short(several[0])}: "
            "put those that are all right into `references` of one row where they are measured on"
        )
    if twice:
        told.append(f"{twice} row(s) are given more than once, source and target")
    return told


def _scripts(examples: Sequence[TranslationExample], side: str) -> list[str]:
    """Tell of texts without a letter of the script that nearly all of their side have letters of."""
    texts = [str(getattr(one, side)) for one in examples]
    scripts = [_scripts_of(text) for text in texts]
    lettered = sum(bool(found) for found in scripts)
    counts = Counter(script for found in scripts for script in found)
    usual, count = counts.most_common(1)[0] if counts else ("", 0)
    odd = [text for text, found in zip(texts, scripts, strict=True) if found and usual not in found]
    if not odd or lettered < _FEWEST or count < _USUAL * lettered:
        return []
    return [
        f"{_rows(odd, examples)} a {side} without a letter of {usual}, the script of the others, as {_short(odd[0])}: "
        "is it another language?"
    ]


def _scripts_of(text: str) -> set[str]:
    """Name the scripts of the letters at a text's start; none for numbers, signs, and scripts not known here."""
    return {_NAMES[found.lastindex or 0] for found in _SIGN.finditer(text[:_SEEN])}


def _rows(some: Sequence[str], examples: Sequence[TranslationExample]) -> str:
    return f"{len(some)} of {len(examples)} row(s) have"


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}...")
