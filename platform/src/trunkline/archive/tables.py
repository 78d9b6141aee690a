"""Rows with their tokens and windows as flat arrays, and the rows again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkline.prediction.source import SourceRow
from trunkline.trunk.batch import TokenBatch
from trunkline.trunk.inputs import Encoded, EncoderInput
from trunkline.trunk.windows import Window

Arrays = dict[str, NDArray[Any]]
_CONTENT = ("ids", "offsets", "sides", "word_starts")
_SLOTS = ("ids", "type_ids", "positions", "depths")


def tables_of(rows: Sequence[SourceRow], encoded: Sequence[Encoded], windows: Sequence[Sequence[Window]]) -> Arrays:
    """Lay rows end to end: their JSON, their content tokens, their windows, and the windows' slots.

    `window_starts` (rows + 1,), `content_starts` (rows + 1,) and `slot_starts` (windows + 1,) say where each begins.
    """
    flat = [window for of_row in windows for window in of_row]
    told = [json.dumps([row.place, row.fields]).encode() for row in rows]
    return {
        "rows": np.frombuffer(b"\n".join(told), dtype=np.uint8),
        "window_starts": _starts([len(of_row) for of_row in windows]),
        "content_starts": _starts([len(one) for one in encoded]),
        "slot_starts": _starts([len(window) for window in flat]),
        **{f"content.{name}": _joined([getattr(one, name) for one in encoded]) for name in _CONTENT},
        **{f"slots.{name}": _joined([getattr(window, name) for window in flat]).astype(np.int32) for name in _SLOTS},
    }


@dataclass(frozen=True)
class Tables:
    """The arrays of some rows, read from disk; `rows` and `windows` are looked at one by one."""

    arrays: Mapping[str, NDArray[Any]]

    @cached_property
    def rows(self) -> list[SourceRow]:
        lines = self.arrays["rows"].tobytes().split(b"\n") if len(self) else []
        return [SourceRow(place, 0, fields) for place, fields in map(json.loads, lines)]

    @property
    def windows_of_rows(self) -> list[tuple[int, int]]:
        """Each row's windows, half-open."""
        return self._spans("window_starts")

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """(windows,) tokens in each, special ones included."""
        return np.diff(self.arrays["slot_starts"])

    @cached_property
    def windows(self) -> list[Window]:
        parts = [self.arrays[f"slots.{name}"] for name in _SLOTS]
        ids, type_ids, positions, depths = [part.astype(np.int64) for part in parts[:2]] + parts[2:]
        return [
            Window(ids[start:end], type_ids[start:end], positions[start:end], depths[start:end])
            for start, end in self._spans("slot_starts")
        ]

    @cached_property
    def encoded(self) -> list[Encoded]:
        parts = [self.arrays[f"content.{name}"] for name in _CONTENT]
        return [
            Encoded(source_of(row), *(part[start:end] for part in parts))
            for row, (start, end) in zip(self.rows, self._spans("content_starts"), strict=True)
        ]

    def __len__(self) -> int:
        return len(self.arrays["window_starts"]) - 1

    def padded(self, windows: NDArray[np.intp], length: int, pad_id: int) -> tuple[TokenBatch, NDArray[np.int64]]:
        """Gather windows into a rectangle: its tokens, and the slots (windows, length) that they came from.

        Where padding is, the slot is some other one.
        """
        starts, ends = (self.arrays["slot_starts"][windows + more][:, None] for more in (0, 1))
        slots = starts + np.arange(length)
        mask = slots < ends
        slots = np.where(mask, slots, 0)
        ids = np.where(mask, self.arrays["slots.ids"][slots], pad_id).astype(np.int64)
        type_ids = np.where(mask, self.arrays["slots.type_ids"][slots], 0).astype(np.int64)
        return TokenBatch(ids, type_ids, mask), slots

    def _spans(self, name: str) -> list[tuple[int, int]]:
        return list(pairwise(self.arrays[name].tolist()))


def source_of(row: SourceRow) -> EncoderInput:
    """Give what the trunk reads of a row: its `text`, and its `text_pair` where that is not empty."""
    assert row.fields is not None
    return EncoderInput(row.fields["text"], row.fields.get("text_pair") or None)


def _starts(lengths: Sequence[int]) -> NDArray[np.int64]:
    return np.cumsum([0, *lengths], dtype=np.int64)


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts)
