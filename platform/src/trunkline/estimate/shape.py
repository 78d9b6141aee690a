"""What a version runs, in layers."""

from __future__ import annotations

from dataclasses import dataclass

from trunkline.records import TrunkInfo, Version


@dataclass(frozen=True, slots=True)
class Shape:
    """A version's place on its trunk: k layers of the stem, then b of its own."""

    model: str  # ner/tickets@4
    task: str
    trunk_id: str
    trunk: str  # its name
    n_layers: int  # n: what a whole model would run
    fork_layer: int  # k
    branch_layers: int  # b

    @classmethod
    def of(cls, version: Version, trunk: TrunkInfo) -> Shape:
        branch = version.branch
        return cls(
            version.reference,
            version.task,
            trunk.id,
            trunk.name,
            trunk.n_layers,
            branch.fork_layer,
            branch.branch_layers,
        )
