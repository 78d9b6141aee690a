"""Words to make workloads of: the corpora where they are, else a generator; always the same for a seed."""

from __future__ import annotations

import csv
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

CORPORA = Path(os.environ.get("TRUNKLINE_CORPORA", "corpora"))
SYLLABLES = ("ka", "to", "ri", "ne", "mo", "sa", "li", "ve", "du", "par", "ten", "sol", "mi", "gra", "bel", "or", "ist")


def sentences(seed: int = 0) -> tuple[str, list[str]]:
    """Give where they are from, and many distinct sentences in a seeded order."""
    found = sorted(set(_read(CORPORA))) if CORPORA.is_dir() else []
    source = "corpora" if found else "generator"
    if not found:
        found = list(_generated(8000, seed))
    random.Random(seed).shuffle(found)
    return source, found


def _read(root: Path) -> Iterator[str]:
    for file in sorted((root / "banking77").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as opened:
            yield from (" ".join(row["text"].split()) for row in csv.DictReader(opened))
    for file in sorted((root / "snips").glob("*.jsonl")):
        yield from (json.loads(line)["text"].strip() for line in file.read_text("utf-8").splitlines())
    for file in sorted((root / "policyqa").glob("*.json")):
        for document in json.loads(file.read_text("utf-8"))["data"]:
            yield from (" ".join(part["context"].split()) for part in document["paragraphs"])


def _generated(count: int, seed: int) -> Iterator[str]:
    source = random.Random(seed)
    for _ in range(count):
        words = ("".join(source.choices(SYLLABLES, k=source.randint(1, 3))) for _ in range(source.randint(4, 24)))
        yield " ".join(words).capitalize() + "."
