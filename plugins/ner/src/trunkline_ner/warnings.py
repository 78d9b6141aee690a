"""What looks wrong in labelled data that can still be used."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable


def of_labels(labels: Iterable[str]) -> list[str]:
    """Tell labels that differ only in case or white space."""
    alike: dict[str, list[str]] = defaultdict(list)
    counts = Counter(labels)
    for label in sorted(counts):
        alike["".join(label.casefold().split())].append(label)
    return [
        "labels differ only in case or spaces: " + ", ".join(f"{label!r} ({counts[label]})" for label in group)
        for group in alike.values()
        if len(group) > 1
    ]
