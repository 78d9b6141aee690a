"""How much is measured: enough for a figure, or just enough to see that everything runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes of workloads, and rounds of each side in turn."""

    name: str
    short: int  # short messages in a workload
    mixed: int
    long: int
    single: int  # requests of one text, one after the other
    rounds: int
    seconds: float  # of load on an HTTP server, a round

    @property
    def large(self) -> int:
        """Short messages in a workload for a trunk of twelve layers, which takes eight times as long."""
        return max(16, self.short // 8)

    @property
    def slow(self) -> int:
        """Short messages in a workload for sides of which some compute in fp32, four times as long and more."""
        return max(16, self.short // 4)


FULL = Scale("full", short=2048, mixed=2048, long=192, single=200, rounds=5, seconds=5.0)
MODERATE = Scale("moderate", short=512, mixed=512, long=48, single=100, rounds=5, seconds=4.0)
"""For machines that take several times as long: as many rounds, fewer texts."""
QUICK = Scale("quick", short=32, mixed=32, long=4, single=6, rounds=1, seconds=1.0)
