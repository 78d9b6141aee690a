"""What looks wrong in labelled data, and what a version cannot be measured on."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from difflib import get_close_matches

from trunkline_classification.config import ClassifierConfig
from trunkline_classification.example import SEPARATOR, ClassificationExample, labels_of

FEW = 5  # examples: a class with fewer is hardly learnt, and its dev share is one row or none
SHOWN = 5
OTHERS = (";", ",")  # that people join labels by, and we do not


def warnings(examples: Sequence[ClassificationExample]) -> list[str]:
    """Tell of look-alike labels, tiny classes, and labels that may be several in one."""
    joined = sorted({e.label for e in examples if isinstance(e.label, str) and SEPARATOR in e.label})
    counts = Counter(label for example in examples for label in labels_of(example, multi_label=bool(joined)))
    found = [f"labels {_counted(alike, counts)} differ only in case or spaces" for alike in _alike(counts)]
    tiny = sorted(label for label, count in counts.items() if count < FEW)
    if tiny:
        found.append(f"{len(tiny)} label(s) with fewer than {FEW} examples: {_counted(tiny, counts)}")
    if joined:
        found.append(f"labels such as {joined[0]!r}: several in one with the option multi_label, one without it")
    return [*found, *_joined_otherwise({e.label for e in examples if isinstance(e.label, str)})]


def _joined_otherwise(labels: Set[str]) -> list[str]:
    """Tell of labels that look joined by another separator: all of their parts occur elsewhere too."""
    found = []
    for separator in OTHERS:
        joined = {label: [part.strip() for part in label.split(separator)] for label in labels if separator in label}
        counts = Counter(part for parts in joined.values() for part in set(parts))
        parts_elsewhere = all(counts[part] > 1 or part in labels for part in counts)
        if joined and "" not in counts and parts_elsewhere:
            found.append(
                f"labels such as {min(joined)!r} look like several joined by {separator!r}, and are read as one: "
                f"join them by {SEPARATOR!r} and set the option multi_label"
            )
    return found


def _counted(labels: Sequence[str], counts: Counter[str]) -> str:
    shown = ", ".join(f"{label!r} ({counts[label]})" for label in labels[:SHOWN])
    return f"{shown}, ..." if len(labels) > SHOWN else shown


def _alike(labels: Iterable[str]) -> list[list[str]]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for label in sorted(labels):
        groups[" ".join(unicodedata.normalize("NFC", label).casefold().split())].append(label)
    return [group for group in groups.values() if len(group) > 1]


def unmeasurable(examples: Sequence[ClassificationExample], config: ClassifierConfig) -> list[tuple[int, str]]:
    """Give (index, problem) for rows whose labels the version does not know."""
    messages: dict[str, str] = {}  # near names are dear to find, and unknown labels come in numbers
    problems = []
    for index, example in enumerate(examples):
        labels = labels_of(example, config.multi_label)
        if len(labels) != 1 and not config.multi_label:
            problems.append((index, f"{len(labels)} labels in a row, where one is expected"))
            continue
        for label in labels:
            if label not in messages:
                messages[label] = _problem(label, config)
            if messages[label]:
                problems.append((index, messages[label]))
    return problems


def _problem(label: str, config: ClassifierConfig) -> str:
    if label in config.labels or label == config.out_of_scope_label:
        return ""
    if not label.strip():
        return "label: it is empty"
    near = get_close_matches(label, config.labels, n=3, cutoff=0.5)
    count = len(config.labels)
    known = ", ".join(repr(name) for name in near or config.labels[:SHOWN])
    hint = f"did you mean {known}?" if near else f"they are {known}{', ...' if count > SHOWN else ''}"
    return f"label: {label[:80]!r} is not one of the {count} that are known; {hint}"
