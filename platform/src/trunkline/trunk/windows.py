"""Long inputs as windows that overlap, and the windows' outputs as one again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from trunkline.errors import InvalidInput
from trunkline.trunk.batch import TokenBatch
from trunkline.trunk.inputs import Encoded
from trunkline.trunk.template import Frame, Template

WHOLE = np.iinfo(np.int32).max  # the depth of a token in a window that holds its whole side
TEXT_SHARE = 4
"""Of a window of two sides that are read apart, one part in this many is the text's, the rest the pair's."""
Span = tuple[int, int]  # half-open, of tokens in a side


class Windowing(Protocol):
    """What cutting wants of a tokenizer."""

    @property
    def template(self) -> Template: ...

    @property
    def max_length(self) -> int: ...


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """One row for the trunk: special tokens in place, not padded. Its arrays are only read: windows share some."""

    ids: NDArray[np.int64]  # (slots,)
    type_ids: NDArray[np.int64]  # (slots,)
    positions: NDArray[np.int32]  # (slots,) the token's index in its `Encoded`; -1: a special token
    depths: NDArray[np.int32]  # (slots,) tokens to the nearest edge where text was cut off; -1: a special token
    sides: tuple[Window, ...] = ()  # windows of two texts whose states are computed apart; this is them side by side

    def __len__(self) -> int:
        return len(self.ids)


def cut(
    encoded: Encoded, tokenizer: Windowing, max_length: int | None = None, stride: int | None = None
) -> list[Window]:
    """Cut one input into windows of at most `max_length` tokens that overlap by at least `stride` tokens.

    Windows are spread evenly, so that none is a short rest. By default a quarter of what is cut overlaps. Of a pair
    the longer side is cut and the shorter stands in every window; where neither fits into half a window, both
    are cut, and windows walk down the two sides together. Those of a pair that is joined above the trunk's input are
    two windows each, of the sides by themselves. Raises `InvalidInput` for lengths that leave no room, and for a
    language that the trunk has not.
    """
    limit = tokenizer.max_length if max_length is None else max_length
    if not 0 < limit <= tokenizer.max_length:
        raise InvalidInput(f"windows of {limit} tokens: the trunk reads 1 to {tokenizer.max_length}")
    if encoded.source.joined_at and encoded.source.pair is not None:
        return _apart(encoded, tokenizer, limit, stride)
    frame = tokenizer.template.of(encoded.source.pair is not None, encoded.source.language)
    room = limit - frame.size
    if room < len(frame.type_ids):
        raise InvalidInput(
            f"windows of {limit} tokens leave no room for text: {frame.size} special tokens stand in each; "
            f"take at least {frame.size + len(frame.type_ids)}"
        )
    overlap = room // 4 if stride is None else stride
    if not 0 <= overlap < room:
        raise InvalidInput(f"an overlap of {overlap} tokens: a window has room for {room}, so take 0 to {room - 1}")
    if len(frame.type_ids) == 1 and len(encoded) <= room:
        return [_whole(encoded, frame)]
    first = int(np.count_nonzero(encoded.sides == 0))
    if len(frame.type_ids) == 1:
        return [_window(encoded, frame, (span,), (first,)) for span in _spans(first, room, overlap)]
    lengths = (first, len(encoded) - first)
    return [_window(encoded, frame, spans, lengths) for spans in _pair_spans(lengths, room, overlap)]


def pad(windows: Sequence[Window], pad_id: int, multiple: int = 1, limit: int | None = None) -> TokenBatch:
    """Put windows into one rectangle, padded on the right to a multiple of `multiple`, but not beyond `limit`."""
    longest = max(len(window) for window in windows)
    length = -(-longest // multiple) * multiple
    if limit is not None:
        length = max(longest, min(length, limit))
    ids = np.full((len(windows), length), pad_id, dtype=np.int64)
    type_ids = np.zeros_like(ids)
    mask = np.zeros(ids.shape, dtype=np.bool_)
    for row, window in enumerate(windows):
        ids[row, : len(window)] = window.ids
        type_ids[row, : len(window)] = window.type_ids
        mask[row, : len(window)] = True
    return TokenBatch(ids, type_ids, mask)


def only(windows: Sequence[Window], n_tokens: int) -> Window:
    """Give the one window of an input. Raises `InvalidInput` where it has several."""
    if len(windows) > 1:
        raise InvalidInput(f"a text of {n_tokens} tokens is read in {len(windows)} windows: split it")
    return windows[0]


def join(
    axis: Literal["text", "token", "slot", "sequence"],
    outputs: Sequence[NDArray[np.float32]],
    windows: Sequence[Window],
    n_tokens: int,
) -> NDArray[np.float32]:
    """Make one input's output of its windows' outputs.

    A `text` output, each (...), is averaged. A `token` output, each (slots or padded, ...), gives (n_tokens, ...):
    each token's row from the window in which the token lies deepest, the first of equals. A `slot` output gives
    (slots, ...); raises `InvalidInput` where the input has several windows, whose slots nobody could tell apart.
    """
    if axis == "slot":
        only(windows, n_tokens)
        return outputs[0][: len(windows[0])]
    if axis == "text":
        return outputs[0] if len(outputs) == 1 else np.mean(np.stack(outputs), axis=0, dtype=outputs[0].dtype)
    if len(windows) == 1:  # it has all tokens, in order
        return outputs[0][: len(windows[0].positions)][windows[0].positions >= 0]
    joined = np.empty((n_tokens, *outputs[0].shape[1:]), dtype=outputs[0].dtype)
    deepest = np.full(n_tokens, -1, dtype=np.int32)
    for output, window in zip(outputs, windows, strict=True):
        slots = np.flatnonzero(window.positions >= 0)
        slots = slots[window.depths[slots] > deepest[window.positions[slots]]]
        joined[window.positions[slots]] = output[slots]
        deepest[window.positions[slots]] = window.depths[slots]
    return joined


def _apart(encoded: Encoded, tokenizer: Windowing, limit: int, stride: int | None) -> list[Window]:
    """Cut the sides by themselves, so that neither's windows depend on the other; a text gets a quarter of the room."""
    texts, pairs = encoded.side(0), encoded.side(1)
    room = limit // TEXT_SHARE
    firsts, seconds = cut(texts, tokenizer, room, stride), cut(pairs, tokenizer, limit - room, stride)
    count = max(len(firsts), len(seconds))
    return [
        _side_by_side(firsts[index * len(firsts) // count], seconds[index * len(seconds) // count], len(texts))
        for index in range(count)
    ]


def _side_by_side(first: Window, second: Window, tokens: int) -> Window:
    """Put two windows one behind the other; the first side has `tokens` tokens."""
    behind = np.where(second.positions < 0, -1, second.positions + tokens)
    return Window(
        ids=np.concatenate([first.ids, second.ids]),
        type_ids=np.concatenate([first.type_ids, second.type_ids]),
        positions=np.concatenate([first.positions, behind]).astype(np.int32),
        depths=np.concatenate([first.depths, second.depths]),
        sides=(first, second),
    )


def _spans(length: int, room: int, overlap: int) -> list[Span]:
    """Cover `length` tokens with spans of at most `room`, evenly spread."""
    if length <= room:
        return [(0, length)]
    count = -(-(length - overlap) // (room - overlap))
    starts = [index * (length - room) // (count - 1) for index in range(count)]
    return [(start, start + room) for start in starts]


def _pair_spans(lengths: tuple[int, int], room: int, overlap: int) -> list[tuple[Span, Span]]:
    if sum(lengths) <= room:
        return [((0, lengths[0]), (0, lengths[1]))]
    second = min(lengths[1], max(room // 2, room - lengths[0]))  # half, or what the first side leaves
    sides = [
        _spans(length, part, overlap * part // room) if part else [(0, 0)]
        for length, part in zip(lengths, (room - second, second), strict=True)
    ]
    count = max(len(spans) for spans in sides)
    return [
        (sides[0][index * len(sides[0]) // count], sides[1][index * len(sides[1]) // count]) for index in range(count)
    ]


def _whole(encoded: Encoded, frame: Frame) -> Window:
    """Give the one window of a text that needs no cutting, as `_window` would: most texts are such."""
    type_ids, positions, depths = _columns(len(encoded), frame)
    before, behind = frame.parts
    ids = np.empty(len(type_ids), dtype=np.int64)
    ids[: len(before.ids)] = before.ids
    ids[len(before.ids) : len(before.ids) + len(encoded)] = encoded.ids
    ids[len(before.ids) + len(encoded) :] = behind.ids
    return Window(ids, type_ids.copy(), positions, depths)


@lru_cache(maxsize=2048)
def _columns(length: int, frame: Frame) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Give type ids, positions and depths of a text of this length: they are the same for all, and only read."""
    before, behind = frame.parts
    edges = (len(before.ids), len(behind.ids))
    type_ids = np.array([*before.type_ids, *[frame.type_ids[0]] * length, *behind.type_ids], dtype=np.int64)
    positions = np.pad(np.arange(length, dtype=np.int32), edges, constant_values=-1)
    depths = np.pad(np.full(length, WHOLE, dtype=np.int32), edges, constant_values=-1)
    for column in (type_ids, positions, depths):
        column.flags.writeable = False
    return type_ids, positions, depths


def _window(encoded: Encoded, frame: Frame, spans: Sequence[Span], lengths: Sequence[int]) -> Window:
    rows: list[tuple[NDArray[Any], ...]] = []
    base = 0
    for index, part in enumerate(frame.parts):
        nowhere = np.full(len(part.ids), -1)
        rows.append((np.array(part.ids, np.int64), np.array(part.type_ids, np.int64), nowhere, nowhere))
        if index < len(spans):
            start, end = spans[index]
            tokens = np.arange(base + start, base + end)
            types = np.full(end - start, frame.type_ids[index])
            rows.append((encoded.ids[tokens], types, tokens, _depths(start, end, lengths[index])))
            base += lengths[index]
    ids, type_ids, positions, depths = (np.concatenate(column) for column in zip(*rows, strict=True))
    return Window(ids.astype(np.int64), type_ids.astype(np.int64), positions.astype(np.int32), depths.astype(np.int32))


def _depths(start: int, end: int, length: int) -> NDArray[np.int32]:
    """Give each token's distance to the nearer edge of its span, an edge of the whole side not counting."""
    tokens = np.arange(start, end, dtype=np.int32)
    left = tokens - start if start > 0 else np.full_like(tokens, WHOLE)
    right = end - 1 - tokens if end < length else np.full_like(tokens, WHOLE)
    return np.minimum(left, right)
