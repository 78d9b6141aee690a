"""What is searched: queries, texts, and which texts are right for which query."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.quality.corpora import Row, banking77, policyqa, translations
from benchmarks.quality.trunk import multilingual_trunk, packaged_trunk

Pairs = list[Row]  # of query and text


@dataclass(frozen=True)
class Searched:
    """A collection of texts with queries whose right texts are known."""

    name: str
    queries: Sequence[str]
    texts: Sequence[str]
    right: Sequence[frozenset[int]]  # of each query, in `texts`
    trunk: Callable[[], str] = packaged_trunk
    prefixes: tuple[str, str] = ("", "")  # of queries and of texts
    pairs: Callable[[int], tuple[Pairs, Pairs]] | None = None  # seed -> train and dev; None: nothing is tuned


def banking() -> Searched:
    """Banking77 as a list of known messages: a test message finds one of its intent."""
    train, dev, test = banking77()
    known = [*train, *dev]
    by_label: dict[str, set[int]] = defaultdict(set)
    for index, row in enumerate(known):
        by_label[row["label"]].add(index)
    return Searched(
        "banking77",
        [row["text"] for row in test],
        [row["text"] for row in known],
        [frozenset(by_label[row["label"]]) for row in test],
        pairs=lambda seed: (_of_one_intent(train, train, seed), _of_one_intent(dev, train, seed)),
    )


def policies() -> Searched:
    """PolicyQA's texts: a question finds one that carries it."""
    train, dev, test = policyqa()
    texts = list(dict.fromkeys(row["context"] for row in test))
    index = {text: place for place, text in enumerate(texts)}
    right: dict[str, set[int]] = defaultdict(set)
    for row in test:
        right[row["question"]].add(index[row["context"]])
    return Searched(
        "policyqa",
        list(right),
        texts,
        [frozenset(found) for found in right.values()],
        pairs=lambda seed: (_asked(train), _asked(dev)),
    )


def sentences(source: str, target: str) -> Searched:
    """Tatoeba: a sentence finds its translation; "cmn" or "deu" is one side, "eng" the other."""
    ours, english = translations(source if source != "eng" else target)
    queries, texts = (english, ours) if source == "eng" else (ours, english)
    right = [frozenset({place}) for place in range(len(texts))]
    name = f"tatoeba-{source}-{target}"
    return Searched(name, queries, texts, right, multilingual_trunk, ("query: ", "passage: "))


def everything() -> list[Searched]:
    return [banking(), policies(), *(sentences(*pair) for pair in (("cmn", "eng"), ("eng", "cmn")))]


def _of_one_intent(queries: Sequence[Row], texts: Sequence[Row], seed: int) -> Pairs:
    """Pair each message with another one of its intent, drawn from `texts`."""
    dice = random.Random(seed)
    by_label: dict[str, list[str]] = defaultdict(list)
    for row in texts:
        by_label[row["label"]].append(row["text"])
    pairs = []
    for row in queries:
        others = [text for text in by_label[row["label"]] if text != row["text"]]
        if others:
            pairs.append({"query": row["text"], "text": dice.choice(others)})
    return pairs


def _asked(rows: Sequence[Row]) -> Pairs:
    return [{"query": row["question"], "text": row["context"]} for row in rows]
