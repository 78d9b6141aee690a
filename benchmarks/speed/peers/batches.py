"""Texts to padded batches, as the engine of Trunkline plans them or in fixed numbers of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 512  # texts that are tokenised and sorted together
MULTIPLE = 8  # padded lengths, since engines make a kernel ready for each shape


@dataclass(frozen=True)
class Batch:
    """A rectangle of tokens, and which texts its rows are."""

    rows: Sequence[int]
    ids: NDArray[np.int64]  # (rows, length)
    type_ids: NDArray[np.int64]
    mask: NDArray[np.int64]  # 1 where a token is
    useful: int  # tokens that are no padding


def batches(
    tokenizer: Any, texts: Sequence[str], wanted: Sequence[int], encodings: dict[int, Any], cut: dict[str, int]
) -> Iterator[Batch]:
    """Tokenise `wanted` texts a chunk at a time into `encodings`, sort a chunk by length, cut it.

    `cut` is {"tokens": n}, padded tokens in a batch at most, or {"rows": n}. What `encodings` has is not tokenised
    again: models that are asked about the same texts share that work.
    """
    for first in range(0, len(wanted), CHUNK):
        chunk = wanted[first : first + CHUNK]
        missing = [index for index in chunk if index not in encodings]
        if missing:
            encodings.update(zip(missing, tokenizer.encode_batch([texts[index] for index in missing]), strict=True))
        ordered = chunk if cut.get("rows") == 1 else sorted(chunk, key=lambda index: len(encodings[index].ids))
        for rows in _cut(ordered, [len(encodings[index].ids) for index in ordered], cut):
            yield _batch(rows, encodings)


def _cut(ordered: Sequence[int], lengths: Sequence[int], cut: dict[str, int]) -> Iterator[list[int]]:
    most_rows, most_tokens = cut.get("rows", len(ordered)), cut.get("tokens", 1 << 60)
    batch: list[int] = []
    for index, length in zip(ordered, lengths, strict=True):
        if batch and (len(batch) == most_rows or (len(batch) + 1) * length > most_tokens):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _batch(rows: Sequence[int], encodings: dict[int, Any]) -> Batch:
    lengths = [len(encodings[index].ids) for index in rows]
    padded = -(-max(lengths) // MULTIPLE) * MULTIPLE
    ids = np.zeros((len(rows), padded), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, (index, length) in enumerate(zip(rows, lengths, strict=True)):
        ids[row, :length] = encodings[index].ids
        mask[row, :length] = 1
    return Batch(rows, ids, np.zeros_like(ids), mask, sum(lengths))
