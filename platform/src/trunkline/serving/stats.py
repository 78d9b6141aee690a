"""What the engine did so far: plain counters."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

BOUNDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the latency buckets, in seconds; one more bucket holds what is above."""


@dataclass(frozen=True, slots=True)
class VersionStats:
    """What became of one version's jobs; a latency runs from acceptance to answer."""

    answered: int = 0
    failed: int = 0
    cancelled: int = 0
    seconds: float = 0.0  # sum of the latencies of what was answered
    buckets: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)  # answered jobs by latency, not cumulative


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All counters at one moment; queue figures are by trunk id."""

    stem_passes: int = 0
    stem_rows: int = 0
    merged_inputs: int = 0  # jobs that rode on another job's rows
    padded_tokens: int = 0
    useful_tokens: int = 0
    failed_passes: int = 0
    overloaded: int = 0  # requests shed
    versions: Mapping[str, VersionStats] = field(default_factory=dict)
    queued_requests: Mapping[str, int] = field(default_factory=dict)
    queued_tokens: Mapping[str, int] = field(default_factory=dict)


class Stats:
    """Counters that several threads add to."""

    def __init__(self) -> None:
        self._now = Snapshot()
        self._versions: dict[str, VersionStats] = {}
        self._lock = Lock()

    def ran(self, rows: int, padded_tokens: int, useful_tokens: int) -> None:
        """Count a pass of the stem."""
        with self._lock:
            now = self._now
            self._now = replace(
                now,
                stem_passes=now.stem_passes + 1,
                stem_rows=now.stem_rows + rows,
                padded_tokens=now.padded_tokens + padded_tokens,
                useful_tokens=now.useful_tokens + useful_tokens,
            )

    def merged(self, inputs: int) -> None:
        with self._lock:
            self._now = replace(self._now, merged_inputs=self._now.merged_inputs + inputs)

    def pass_failed(self) -> None:
        with self._lock:
            self._now = replace(self._now, failed_passes=self._now.failed_passes + 1)

    def shed(self) -> None:
        with self._lock:
            self._now = replace(self._now, overloaded=self._now.overloaded + 1)

    def answered(self, label: str, seconds: float) -> None:
        with self._lock:
            old = self._versions.get(label, VersionStats())
            buckets = list(old.buckets)
            buckets[bisect_left(BOUNDS, seconds)] += 1
            self._versions[label] = replace(
                old, answered=old.answered + 1, seconds=old.seconds + seconds, buckets=tuple(buckets)
            )

    def failed(self, label: str, *, cancelled: bool) -> None:
        with self._lock:
            old = self._versions.get(label, VersionStats())
            self._versions[label] = replace(
                old, failed=old.failed + (not cancelled), cancelled=old.cancelled + cancelled
            )

    def snapshot(self) -> Snapshot:
        with self._lock:
            return replace(self._now, versions=dict(self._versions))
