"""How much is taken from the queue at once, and how long a small batch waits to grow."""

from __future__ import annotations

from dataclasses import dataclass

from trunkline.settings import Settings

GULP = 8  # batches planned at a time at most: more fill better, fewer keep late-comers waiting less


@dataclass(frozen=True, slots=True)
class Pace:
    """What the settings' `mode` means.

    `latency` plans one batch at a time. `throughput` plans eight, and lets a small batch wait for others. `auto` plans
    what there is, up to eight, and never waits: a queue that grows under load makes batches full by itself.
    Whoever is more urgent than what was planned overtakes it in any mode.
    """

    tokens: int  # to be taken at once
    patience: float  # seconds that fewer wait for more

    @classmethod
    def of(cls, settings: Settings) -> Pace:
        gulp = 1 if settings.mode == "latency" else GULP
        return cls(gulp * settings.batch_tokens, settings.patience_ms / 1000 if settings.mode == "throughput" else 0.0)
