"""Queries and the texts they find, which a tiny random trunk can learn: no word is in both."""

from __future__ import annotations

import random
from typing import Any

FOUND_BY = {
    "refund": "ada met karl in london .",
    "late": "charles babbage is in paris .",
    "broken": "anna and tokyo , not berlin",
    "card": "friday 1 2 3",
    "phone": "monday 7 8 9",
    "cancel": "lovelace ' s account",
    "lost": "thank you ! please",
    "help": "never @ # & where",
}
FILLER = ["my", "i", "the", "it", "order", "new", "was", "for"]


def query_about(topic: str, source: random.Random) -> str:
    words = source.choices(FILLER, k=source.randint(0, 2))
    words.insert(source.randint(0, len(words)), topic)
    return " ".join(words)


def pairs(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Rows of a query and its text."""
    source = random.Random(seed)
    topics = [list(FOUND_BY)[number % len(FOUND_BY)] for number in range(count)]
    return [{"query": query_about(topic, source), "text": FOUND_BY[topic]} for topic in topics]


def log(count: int, seed: int = 0, shown: int = 3) -> list[dict[str, Any]]:
    """Rows of a query, one of `shown` texts it was answered with, and whether that was clicked."""
    source, rows = random.Random(seed), []
    for row in pairs(count, seed):
        others = source.sample([text for text in FOUND_BY.values() if text != row["text"]], shown - 1)
        rows += [{**row, "clicked": 1}, *({"query": row["query"], "text": text, "clicked": 0} for text in others)]
    return rows
