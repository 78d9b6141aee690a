"""The three streams of texts: short messages, mixed lengths, long documents."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import mean

from benchmarks.speed.texts import sentences

Count = Callable[[Sequence[str]], list[int]]
"""Tokens of texts, special tokens included."""

SHORT_MEAN, SHORT_SPREAD, SHORT_MOST = 24, 0.35, 64
MIXED_MEAN, MIXED_SPREAD, MIXED_MOST = 31, 0.8, 256
LONG_LEAST, LONG_MOST = 192, 512
SPECIAL = 2  # tokens that stand around a text
SPARE = 2  # words to cut texts of, a token wanted; a word is a token or more


@dataclass(frozen=True)
class Stream:
    """Distinct texts of one kind."""

    name: str
    source: str  # "corpora" or "generator"
    texts: Sequence[str]
    lengths: Sequence[int]  # tokens, special ones included

    @property
    def tokens(self) -> int:
        return sum(self.lengths)

    def told(self) -> dict[str, object]:
        """Describe the stream for a result."""
        return {
            "stream": self.name,
            "source": self.source,
            "texts": len(self.texts),
            "mean_tokens": round(mean(self.lengths), 1),
            "most_tokens": max(self.lengths),
        }


def short(count: int, lengths: Count, seed: int = 0) -> Stream:
    """Make support messages: log-normal with a mean of 24 tokens."""
    return _stream("short", _log_normal(count, SHORT_MEAN, SHORT_SPREAD, SHORT_MOST, seed), lengths, seed)


def mixed(count: int, lengths: Count, seed: int = 0) -> Stream:
    """Make mixed lengths: log-normal with a mean of 31 tokens, up to 256."""
    return _stream("mixed", _log_normal(count, MIXED_MEAN, MIXED_SPREAD, MIXED_MOST, seed), lengths, seed)


def long(count: int, lengths: Count, seed: int = 0) -> Stream:
    """Make documents of 192 to 512 tokens."""
    source = random.Random(seed)
    return _stream("long", [source.randint(LONG_LEAST, LONG_MOST) for _ in range(count)], lengths, seed)


def exact(count: int, length: int, lengths: Count, seed: int = 0) -> Stream:
    """Make texts of about `length` tokens, never more."""
    return _stream(f"exact-{length}", [length] * count, lengths, seed)


def _log_normal(count: int, expected: float, spread: float, most: int, seed: int) -> list[int]:
    """Draw lengths whose mean is `expected` before they are cut to 4 to `most`."""
    source = random.Random(seed)
    middle = math.log(expected) - spread**2 / 2
    return [min(most, max(4, round(source.lognormvariate(middle, spread)))) for _ in range(count)]


def _stream(name: str, wanted: Sequence[int], lengths: Count, seed: int) -> Stream:
    origin, found = sentences(seed)
    texts = list(_cut(wanted, found, lengths))
    return Stream(name, origin, texts, lengths(texts))


def _cut(wanted: Sequence[int], found: Sequence[str], lengths: Count) -> Iterator[str]:
    """Take words from one sentence after the other until a text has as many tokens as wanted; all texts differ."""
    words = list(islice((word for sentence in found for word in sentence.split()), SPARE * sum(wanted)))
    sizes = [size - SPECIAL for size in lengths(words)]
    place, seen = 0, set()
    for most in wanted:
        while True:
            first, total = place, SPECIAL
            while total + sizes[place % len(words)] <= most or place == first:
                total += sizes[place % len(words)]
                place += 1
            text = " ".join(words[index % len(words)] for index in range(first, place))
            if text not in seen:
                break
        seen.add(text)
        yield text
