"""The states of rows at one layer, computed by a trunk's stem past the queue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from trunkline.archive.number_format import NumberFormat, kept
from trunkline.archive.shard import STATES
from trunkline.archive.tables import Arrays, Tables, source_of, tables_of
from trunkline.prediction.source import SourceRow
from trunkline.serving.lane import Lane
from trunkline.trunk.windows import cut


def shard_of(rows: Sequence[SourceRow], lane: Lane, layer: int, format_: NumberFormat, batch_tokens: int) -> Arrays:
    """Tokenise rows, run the stem to `layer`, and lay out all that a version's branch will want of them."""
    encoded = lane.tokenizer.encode([source_of(row) for row in rows])
    arrays = tables_of(rows, encoded, [cut(one, lane.tokenizer) for one in encoded])
    tables = Tables(arrays)
    states = np.empty((int(tables.lengths.sum()), lane.info.width), dtype=format_.stored)
    for windows in batches(tables.lengths, batch_tokens):
        length = padded_length(tables.lengths[windows], lane)
        batch, slots = tables.padded(windows, length, lane.tokenizer.pad_id)
        hidden = lane.stem.advance(lane.stem.embed(batch), layer).raw()
        states[slots[batch.mask]] = kept(hidden[batch.mask], format_)
        lane.stats.ran(batch.rows, batch.padded_tokens, int(batch.mask.sum()))
    return {**arrays, STATES: states}


def batches(lengths: NDArray[np.int64], batch_tokens: int) -> Iterator[NDArray[np.intp]]:
    """Cut windows, sorted by length, at `batch_tokens` padded tokens; one that is longer by itself runs alone."""
    order = np.argsort(lengths, kind="stable")
    start = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or (end - start + 1) * lengths[order[end]] > batch_tokens:
            yield order[start:end]
            start = end


def padded_length(lengths: NDArray[np.int64], lane: Lane) -> int:
    """Give the length of a batch of windows: a multiple of what the backend likes, but not beyond the trunk's."""
    longest, multiple = int(lengths.max()), lane.stem.length_multiple
    return max(longest, min(-(-longest // multiple) * multiple, lane.info.max_length))
