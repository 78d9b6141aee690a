"""Versions to count with: two tasks on a trunk of 6 layers, one on another of 12; and registered ones of 3."""

from __future__ import annotations

from datetime import UTC, datetime

from trunkline.estimate.shape import Shape
from trunkline.estimate.traffic import Request, Tally, Traffic
from trunkline.records import BranchSpec, TrunkInfo, Version

INTENTS = Shape("classification/intents@1", "classification", "a", "minilm", 6, 4, 2)
TICKETS = Shape("ner/tickets@1", "ner", "a", "minilm", 6, 3, 1)
LARGE = Shape("ner/large@1", "ner", "b", "base", 12, 9, 3)
SHAPES = (INTENTS, TICKETS, LARGE)


def counted(
    *requests: tuple[str, Shape] | tuple[str, Shape, float] | tuple[str, Shape, float, float], within: float = 1.0
) -> Traffic:
    """Count (text, version, tokens, time) requests; 10 tokens where none are given."""
    tally = Tally(SHAPES, within)
    for text, shape, *more in requests:
        tokens, time = [*more, *[10.0, None][len(more) :]]  # type: ignore[list-item]
        tally.add(Request(text.encode(), SHAPES.index(shape), tokens, time))
    return tally.traffic()


TRUNK = TrunkInfo(
    id="a", name="tiny", family="bert", n_layers=3, width=8, max_length=64, config={}, layer_hashes=()
)  # fmt: skip


def version(task: str, name: str, number: int, *aliases: str) -> Version:
    return Version(
        task=task, name=name, trunk_id="a", tuning="layers", branch=BranchSpec(fork_layer=2, branch_layers=1),
        head_config={}, number=number, created_at=datetime.now(UTC), aliases=aliases,
    )  # fmt: skip
