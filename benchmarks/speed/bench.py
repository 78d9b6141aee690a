"""What a row is given: how much to measure, where results go, and the streams of texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from tokenizers import Tokenizer

from benchmarks.speed import workloads
from benchmarks.speed.scale import Scale
from benchmarks.speed.store import Store
from benchmarks.speed.trunks import trunk_source
from benchmarks.speed.workloads import Stream


@dataclass(frozen=True)
class Bench:
    """One run of the benchmark."""

    scale: Scale
    store: Store

    def short(self, count: int | None = None) -> Stream:
        return _made("short", count or self.scale.short)

    def mixed(self) -> Stream:
        return _made("mixed", self.scale.mixed)

    def long(self) -> Stream:
        return _made("long", self.scale.long)

    def exact(self, count: int, length: int) -> Stream:
        """Texts of about `length` tokens."""
        return _made("exact", count, length)


@cache
def _made(kind: str, count: int, length: int = 0) -> Stream:
    if kind == "exact":
        return workloads.exact(count, length, tokens)
    return {"short": workloads.short, "mixed": workloads.mixed, "long": workloads.long}[kind](count, tokens)


def tokens(texts: Sequence[str]) -> list[int]:
    """Count tokens as both trunks' tokenizer makes them."""
    return [len(found.ids) for found in _tokenizer().encode_batch(list(texts))]


@cache
def _tokenizer() -> Tokenizer:
    made = Tokenizer.from_file(str(trunk_source("minilm") / "tokenizer.json"))
    made.no_padding()
    made.no_truncation()
    return made
