"""Exact match and F1 of answers, as SQuAD's and CMRC's official scripts define them; the best of the right answers.

SQuAD: lower case, no punctuation, no articles, words between spaces; F1 of the words in common. CMRC 2018, for answers
in Chinese: no punctuation, each sign by itself, and F1 of the longest common run.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

Answers = tuple[str, ...]
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_HAN = re.compile(r"[\u3400-\u9fff]")
_PARTS = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")


def normalised(text: str) -> str:
    """Give an answer as SQuAD compares it."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


@lru_cache(maxsize=65536)
def of_answer(said: str, right: Answers) -> tuple[float, float]:
    """Give (exact match, F1) of an answer, "" for none; no right answer means that there is none."""
    if not right:
        return (0.0, 0.0) if said.strip() else (1.0, 1.0)
    pairs = [_chinese(said, one) if _HAN.search(one) else _spaced(said, one) for one in right]
    return max(exact for exact, _ in pairs), max(f1 for _, f1 in pairs)


def score(said: Sequence[str], right: Sequence[Answers]) -> dict[str, float]:
    """Give the means, and those of the questions with and without an answer apart, where both occur."""
    pairs = [of_answer(*pair) for pair in zip(said, right, strict=True)]
    found = {"f1": _mean(pairs, 1), "exact_match": _mean(pairs, 0)}
    answered = [pair for pair, answers in zip(pairs, right, strict=True) if answers]
    unanswered = [pair for pair, answers in zip(pairs, right, strict=True) if not answers]
    if unanswered and answered:
        found |= {"HasAns_f1": _mean(answered, 1), "HasAns_exact": _mean(answered, 0)}
        found |= {"NoAns_f1": _mean(unanswered, 1)}
    return found


def report(said: Sequence[str], right: Sequence[Answers]) -> dict[str, Any]:
    """Count questions with and without an answer, by what was said."""
    kinds = Counter((bool(answers), bool(text.strip())) for text, answers in zip(said, right, strict=True))
    return {
        "has_answer": {"answered": kinds[True, True], "no_answer": kinds[True, False]},
        "has_none": {"answered": kinds[False, True], "no_answer": kinds[False, False]},
    }


def _spaced(said: str, right: str) -> tuple[float, float]:
    mine, theirs = normalised(said), normalised(right)
    said_words, right_words = mine.split(), theirs.split()
    if not said_words or not right_words:
        return float(mine == theirs), float(said_words == right_words)
    common = sum((Counter(said_words) & Counter(right_words)).values())
    return float(mine == theirs), 2 * common / (len(said_words) + len(right_words))


def _chinese(said: str, right: str) -> tuple[float, float]:
    mine, theirs = (_PARTS.findall(text.lower()) for text in (said, right))
    if not mine or not theirs:
        return float(mine == theirs), float(mine == theirs)
    return float("".join(mine) == "".join(theirs)), 2 * _longest_run(mine, theirs) / (len(mine) + len(theirs))


def _longest_run(mine: Sequence[str], theirs: Sequence[str]) -> int:
    """Count the parts of the longest run that both have."""
    best, before = 0, [0] * (len(theirs) + 1)
    for part in mine:
        row = [0] * (len(theirs) + 1)
        for place, other in enumerate(theirs, 1):
            if part == other:
                row[place] = before[place - 1] + 1
                best = max(best, row[place])
        before = row
    return best


def _mean(pairs: Sequence[tuple[float, float]], which: int) -> float:
    return sum(pair[which] for pair in pairs) / len(pairs) if pairs else 0.0


def best_threshold(scores: Sequence[float], gain: Callable[[int, bool], float]) -> float | None:
    """Give the score below which best to say nothing, where `gain(row, answered)` is what a row is worth.

    None where it is never better to say nothing. Between two scores it lies in the middle.
    """
    order = sorted(range(len(scores)), key=lambda row: scores[row])
    value = sum(gain(row, True) for row in order)
    best, threshold = value, None
    for place, row in enumerate(order):
        value += gain(row, False) - gain(row, True)
        above = scores[order[place + 1]] if place + 1 < len(order) else 1.0
        if value > best and above > scores[row]:
            best, threshold = value, (scores[row] + above) / 2
    return threshold
