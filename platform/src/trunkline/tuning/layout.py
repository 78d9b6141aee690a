"""Windows laid end to end: one flat table of tokens, from which any batch is gathered by one index."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from trunkline.trunk.windows import Window


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The tokens of many windows, window after window, with one row of padding at the end.

    Window i's tokens are rows `starts[i]` to `starts[i + 1]`. Everything that is known of a token (its id, its
    targets, its hidden states) lies in tables of `tokens + 1` rows, so that one index of shape (rows, length)
    gathers a padded batch of each of them.
    """

    starts: NDArray[np.int64]  # (windows + 1,)
    ids: NDArray[np.int64]  # (tokens + 1,)
    type_ids: NDArray[np.int64]  # (tokens + 1,)
    fingerprint: str = field(repr=False)

    @classmethod
    def of(cls, windows: Sequence[Window], pad_id: int) -> Layout:
        starts = np.cumsum([0, *(len(window.ids) for window in windows)], dtype=np.int64)
        ids = _flat([window.ids for window in windows], pad_id)
        type_ids = _flat([window.type_ids for window in windows], 0)
        digest = hashlib.sha256(starts.tobytes() + ids.tobytes() + type_ids.tobytes()).hexdigest()
        return cls(starts, ids, type_ids, digest)

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def tokens(self) -> int:
        return int(self.starts[-1])

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(windows,) tokens in each, special ones included."""
        return np.diff(self.starts)

    def index(self, windows: NDArray[np.intp], width: int) -> NDArray[np.int64]:
        """(rows, width): where the tokens of these windows lie; padding points at the last row."""
        starts, ends = self.starts[windows][:, None], self.starts[windows + 1][:, None]
        places = starts + np.arange(width)
        return np.where(places < ends, places, self.tokens)


def _flat(parts: Sequence[NDArray[np.int64]], last: int) -> NDArray[np.int64]:
    return np.concatenate([*parts, np.array([last])]).astype(np.int64)


def flat_targets(
    windows: Sequence[Window], per_window: Sequence[Mapping[str, NDArray[np.generic]]], name: str, ignore: int
) -> NDArray[np.generic]:
    """(tokens + 1, ...): token targets laid out as the windows are; special tokens and padding get `ignore`.

    Whole-number targets are ignored by that value; others get zero, since a task masks them by the batch's mask.
    """
    first = np.asarray(per_window[0][name])
    filler = ignore if np.issubdtype(first.dtype, np.integer) else 0
    pad = np.full((1, *first.shape[1:]), filler, dtype=first.dtype)
    pieces = [
        np.concatenate([np.asarray(targets[name]), pad])[window.positions]  # position -1 reads the last: padding
        for window, targets in zip(windows, per_window, strict=True)
    ]
    return np.concatenate([*pieces, pad])
