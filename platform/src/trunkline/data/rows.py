"""The kept form of a data set: canonical JSON lines, and the fingerprint that names them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel


def canonical_row(item: BaseModel) -> str:
    """Give one example as JSON: keys sorted, nothing left out, no spare white space."""
    return json.dumps(item.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical_jsonl(items: Iterable[BaseModel]) -> bytes:
    """Give the examples as UTF-8 JSON lines; equal examples in equal order give equal bytes."""
    return b"".join(canonical_row(item).encode() + b"\n" for item in items)


def fingerprint(items: Sequence[BaseModel]) -> str:
    """Name a data set by the SHA-256 of its canonical lines: the hash of the artifact that keeps it, too."""
    digest = hashlib.sha256()
    for item in items:
        digest.update(canonical_row(item).encode() + b"\n")
    return digest.hexdigest()


def write_jsonl(path: Path, items: Iterable[BaseModel]) -> None:
    """Write the canonical lines to `path`, which `read_examples` reads back to equal examples."""
    with path.open("wb") as file:
        for item in items:
            file.write(canonical_row(item).encode() + b"\n")
