"""What the engine did so far: plain counters."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

BOUNDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the latency buckets, in seconds; one more bucket holds what is above."""


@dataclass(frozen=True, slots=True)
class VersionStats:
    """What became of what one version was asked, input by input; a latency runs from acceptance to answer."""

    answered: int = 0
    failed: int = 0
    cancelled: int = 0
    seconds: float = 0.0  # sum of the latencies of what was answered
    buckets: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)  # answered inputs by latency, not cumulative
    written: int = 0  # answers that its decoder, or an engine's own model of it, wrote
    writing: int = 0  # that wait to be, or are being written now


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All counters at one moment; figures of queues and memory are by trunk id."""

    stem_passes: int = 0
    stem_rows: int = 0
    fused_passes: int = 0  # of those, in one graph with the branches
    resumed_rows: int = 0  # rows that skipped the stem, since their states were kept
    joined_rows: int = 0  # rows of two texts whose states were computed apart, and joined
    merged_inputs: int = 0  # inputs that rode on the rows of an equal one
    padded_tokens: int = 0
    useful_tokens: int = 0
    failed_passes: int = 0
    overloaded: int = 0  # requests shed
    versions: Mapping[str, VersionStats] = field(default_factory=dict)
    queued_requests: Mapping[str, int] = field(default_factory=dict)
    queued_tokens: Mapping[str, int] = field(default_factory=dict)
    state_cache_bytes: Mapping[str, int] = field(default_factory=dict)
    fused_bytes: Mapping[str, int] = field(default_factory=dict)


class _Tally:
    """One version's counters, while they are added to."""

    def __init__(self) -> None:
        self.answered = self.failed = self.cancelled = 0
        self.seconds = 0.0
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.written = self.writing = 0

    def frozen(self) -> VersionStats:
        counts = self.answered, self.failed, self.cancelled, self.seconds, tuple(self.buckets)
        return VersionStats(*counts, self.written, self.writing)


class Stats:
    """Counters that several threads add to."""

    def __init__(self) -> None:
        self._counts: defaultdict[str, int] = defaultdict(int)  # by the name that `Snapshot` has for it
        self._versions: defaultdict[str, _Tally] = defaultdict(_Tally)
        self._lock = Lock()

    def ran(self, rows: int, padded_tokens: int, useful_tokens: int) -> None:
        """Count a pass of the stem."""
        self._add(stem_passes=1, stem_rows=rows, padded_tokens=padded_tokens, useful_tokens=useful_tokens)

    def fused(self) -> None:
        """Count a pass that ran in one graph."""
        self._add(fused_passes=1)

    def resumed(self, rows: int) -> None:
        """Count rows whose states were kept from an earlier pass."""
        self._add(resumed_rows=rows)

    def joined(self, rows: int) -> None:
        """Count rows that were joined of two texts' states; the passes of the texts themselves count as passes."""
        self._add(joined_rows=rows)

    def merged(self, inputs: int) -> None:
        self._add(merged_inputs=inputs)

    def pass_failed(self) -> None:
        self._add(failed_passes=1)

    def shed(self) -> None:
        self._add(overloaded=1)

    def answered(self, label: str, seconds: float, inputs: int) -> None:
        """Count inputs that were answered together, `seconds` after they were accepted."""
        with self._lock:
            tally = self._versions[label]
            tally.answered += inputs
            tally.seconds += seconds * inputs
            tally.buckets[bisect_left(BOUNDS, seconds)] += inputs

    def failed(self, label: str, inputs: int, *, cancelled: bool) -> None:
        with self._lock:
            tally = self._versions[label]
            if cancelled:
                tally.cancelled += inputs
            else:
                tally.failed += inputs

    def to_write(self, label: str, answers: int) -> None:
        """Count answers that are to be written from now on."""
        with self._lock:
            self._versions[label].writing += answers

    def wrote(self, label: str, answers: int, *, given_up: bool = False) -> None:
        """Count answers that were written, or never will be."""
        with self._lock:
            tally = self._versions[label]
            tally.writing -= answers
            if not given_up:
                tally.written += answers

    def snapshot(self) -> Snapshot:
        with self._lock:
            versions = {label: tally.frozen() for label, tally in self._versions.items()}
            counts: dict[str, Any] = dict(self._counts)
        return Snapshot(versions=versions, **counts)

    def _add(self, **counts: int) -> None:
        with self._lock:
            for name, count in counts.items():
                self._counts[name] += count
