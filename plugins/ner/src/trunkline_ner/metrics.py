"""Entity precision, recall and F1: a prediction counts where start, end and label all agree.

Equal to seqeval in its strict mode, which makes nothing of a figure without data: it is 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Any

Spans = frozenset[tuple[int, int, str]]
"""The entities of one text: start, end, label."""


def score(predicted: Sequence[Spans], marked: Sequence[Spans]) -> dict[str, float]:
    """Give precision, recall and f1 over all entities (micro), and the mean f1 of the types (macro)."""
    agreed, said, true = _counts(predicted, marked)
    precision, recall, f1 = figures(sum(agreed.values()), sum(said.values()), sum(true.values()))
    types = said.keys() | true.keys()
    by_type = sum(figures(agreed[label], said[label], true[label])[2] for label in types)
    return {"f1": f1, "precision": precision, "recall": recall, "macro_f1": by_type / len(types) if types else 0.0}


def report(predicted: Sequence[Spans], marked: Sequence[Spans]) -> dict[str, Any]:
    """Give the figures of each type that was marked or predicted; `support` counts the marked ones."""
    agreed, said, true = _counts(predicted, marked)
    per_type = {}
    for label in sorted(said.keys() | true.keys()):
        precision, recall, f1 = figures(agreed[label], said[label], true[label])
        per_type[label] = {
            "precision": precision,
            "recall": recall,
            "f1": f1,
            "support": true[label],
            "predicted": said[label],
        }
    return {"per_type": per_type}


def figures(agreed: int, said: int, true: int) -> tuple[float, float, float]:
    """Give precision, recall and F1 of counts; 0 where there is nothing to divide by."""
    precision = agreed / said if said else 0.0
    recall = agreed / true if true else 0.0
    return precision, recall, 2 * agreed / (said + true) if said + true else 0.0


def _counts(predicted: Sequence[Spans], marked: Sequence[Spans]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Count the entities of each type: agreed, predicted, marked."""
    agreed = [p & m for p, m in zip(predicted, marked, strict=True) if p and m]
    return _types(agreed), _types(predicted), _types(marked)


def _types(spans: Sequence[Spans]) -> Counter[str]:
    return Counter(label for _, _, label in chain.from_iterable(spans))
