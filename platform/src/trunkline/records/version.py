"""A model version: what was trained, where it leaves its trunk, and in which state it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from trunkline.records.record import Record

Tuning = Literal["head", "layers", "full", "import"]
Reads = Literal["last", "mix", "joined"]


class BranchSpec(Record):
    """Where a version leaves its trunk, and what it runs of its own after that."""

    fork_layer: int  # k: layers of the trunk that it shares
    branch_layers: int  # b: layers of its own
    reads: Reads = "last"
    """The last state; a learned mix of states 0 to k; or, of a pair, the states at k of its two texts, read apart."""

    @property
    def joined_at(self) -> int:
        """The layer up to which the two texts of a pair are read apart; 0: they are read as one from the start."""
        return self.fork_layer if self.reads == "joined" else 0


class VersionDraft(Record):
    """A version that is not registered yet: it has no number."""

    task: str
    name: str
    trunk_id: str
    tuning: Tuning
    branch: BranchSpec
    head_config: dict[str, Any]
    settings: dict[str, Any] = {}  # the tuning configuration, complete enough to tune again
    dataset_fingerprint: str | None = None
    seconds: float | None = None  # of tuning, wall clock


class Version(VersionDraft):
    """One registered, immutable version of a model."""

    number: int
    created_at: datetime
    aliases: tuple[str, ...] = ()
    artifacts: dict[str, str] = {}  # role ("branch", "data/train", "curve.svg") -> SHA-256

    @property
    def reference(self) -> str:
        """The name that stands for this version alone: `ner/tickets@4`."""
        return f"{self.task}/{self.name}@{self.number}"


class Event(Record):
    """Who did what when; append-only."""

    id: int
    at: datetime
    actor: str
    action: str  # "version.registered", "alias.moved", "version.deleted", "evaluation.recorded", ...
    subject: str
    details: dict[str, Any] = {}
