"""How much is taken from the queue at once, and how long a small batch waits to grow."""

from __future__ import annotations

from dataclasses import dataclass

from trunkline.settings import Settings

LARGER = 2
"""Times the size of a pass in `throughput` mode: a MiniLM in OpenVINO bf16 takes a tenth less for a token in passes of
2,048 tokens than of 1,024, and no less in larger ones; who comes late waits twice as long."""
GULP = 8  # batches planned at a time at most: more fill better, fewer keep late-comers waiting less


@dataclass(frozen=True, slots=True)
class Pace:
    """What the settings' `mode` means.

    `latency` plans one batch at a time. `throughput` plans eight, of twice the size, and lets a small batch wait for
    others. `auto` plans what there is, up to eight, and never waits: a queue that grows under load makes batches
    full by itself. Whoever is more urgent than what was planned overtakes it in any mode.
    """

    batch_tokens: int  # padded tokens in a pass at most
    tokens: int  # to be taken at once
    patience: float  # seconds that fewer wait for more

    @classmethod
    def of(cls, settings: Settings) -> Pace:
        through = settings.mode == "throughput"
        most = settings.batch_tokens * (LARGER if through else 1)
        gulp = 1 if settings.mode == "latency" else GULP
        return cls(most, gulp * most, settings.patience_ms / 1000 if through else 0.0)
