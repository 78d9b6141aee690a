"""Where a run of rows, sorted by length, is cut into batches: the cuts that cost least."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

Cut = tuple[int, int]  # half-open range of rows


def cuts(lengths: Sequence[int], most_tokens: int, call: float, token: float, multiple: int = 1) -> list[Cut]:
    """Cut rows of ascending `lengths` into batches of at most `most_tokens` padded tokens, one row at least.

    Each row is padded to the longest of its batch, rounded up to `multiple`. Fewer batches save calls, more of them
    save padding: of all ways to put neighbouring lengths together, the one that is cheapest where a batch costs `call`
    and each padded token `token`.
    """
    padded = [-(-length // multiple) * multiple for length in lengths]
    groups = [(length, len(list(run))) for length, run in groupby(padded)]
    found: list[Cut] = []
    start = 0
    for count, length in _together(groups, most_tokens, call, token):
        found += _even(start, count, max(1, most_tokens // length))
        start += count
    return found


def _together(groups: Sequence[tuple[int, int]], most_tokens: int, call: float, token: float) -> list[tuple[int, int]]:
    """Put neighbouring groups (length, rows) together so that all costs least; gives (rows, length) of each.

    Dynamic programming over the last group of each run: quadratic in the number of distinct lengths.
    """
    best: list[tuple[float, int]] = [(0.0, 0)]  # the least cost of the first i groups, and where its last run begins
    for end in range(1, len(groups) + 1):
        length = groups[end - 1][0]
        most_rows = max(1, most_tokens // length)
        rows, options = 0, []
        for begin in range(end - 1, -1, -1):
            rows += groups[begin][1]
            price = -(-rows // most_rows) * call + token * rows * length
            options.append((best[begin][0] + price, begin))
        best.append(min(options))
    return list(_runs(groups, best))[::-1]


def _runs(groups: Sequence[tuple[int, int]], best: Sequence[tuple[float, int]]) -> Iterator[tuple[int, int]]:
    end = len(groups)
    while end:
        begin = best[end][1]
        yield sum(rows for _, rows in groups[begin:end]), groups[end - 1][0]
        end = begin


def _even(start: int, count: int, most: int) -> Iterator[Cut]:
    """Cut `count` rows into as few batches as may be, of sizes that differ by one at most."""
    parts = -(-count // most)
    for part in range(parts):
        yield start + part * count // parts, start + (part + 1) * count // parts
