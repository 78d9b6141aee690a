"""A small labelled data set that a tiny random trunk can learn."""

from __future__ import annotations

import random
from typing import Any

Rows = list[dict[str, Any]]


def labelled_rows(count: int = 120, seed: int = 0) -> Rows:
    """Rows whose label is told by one word among others, of very different length."""
    draw = random.Random(seed)
    told = {"refund": "refund", "delivery": "late", "greeting": "thank"}
    rows = []
    for number in range(count):
        label = list(told)[number % len(told)]
        words = draw.choices(["i", "my", "card", "order", "the", "please", "not"], k=draw.randint(1, 9))
        words.insert(draw.randint(0, len(words)), told[label])
        rows.append({"text": " ".join(words), "label": label})
    return rows
