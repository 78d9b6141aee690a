"""What a run goes on from where its head is a decoder: a version that can write already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trunkline.contract import DecoderTask, HeadTask
from trunkline.errors import InvalidInput
from trunkline.records import BranchSpec, Version
from trunkline.serving.catalog import BRANCH, registered_files
from trunkline.store.registry import Registry
from trunkline.trunk.branch import BranchModule, load_head
from trunkline.tuning.config import TuneConfig


@dataclass(frozen=True, slots=True)
class Start:
    """A registered version, its weights and what it keeps beside them."""

    version: Version
    weights: Path
    files: Mapping[str, Path]

    def fill(self, branch: BranchModule) -> None:
        """Put the version's weights into a branch that was made for going on from it."""
        if branch.spec == self.version.branch and branch.spec.branch_layers:
            branch.load_weights(self.weights)
        else:
            load_head(branch.head, self.weights)

    def check(self, spec: BranchSpec, full: bool) -> None:
        """Raise `InvalidInput` where the version has layers of its own that a new one at `spec` would not have."""
        own = self.version.branch
        if own.branch_layers and (full or spec != own):
            raise InvalidInput(
                f"{self.version.reference} has layers of its own: give fork_layer {own.fork_layer} and branch_layers "
                f"{own.branch_layers} as it has, or start from the version that was imported"
            )


def resolved(config: TuneConfig, task: HeadTask[Any, Any, Any], registry: Registry) -> tuple[TuneConfig, Start | None]:
    """Find the version that `config` goes on from; gives also the configuration with its number and its trunk's id.

    Raises `InvalidInput` where there must be one, or must not be, `NotFound`.
    """
    if not isinstance(task, DecoderTask):
        if config.start is not None:
            raise InvalidInput(f"start {config.start!r}: {task.name} learns its head from the data; leave start out")
        return config, None
    if config.start is None:
        raise InvalidInput(
            f"{task.name} goes on from a version that can write already: name it with --start {task.name}/NAME, or "
            f"bring one in with trunkline import {task.name}/NAME --from FOLDER"
        )
    if config.automatic:
        raise InvalidInput(f"fork_layer auto: {task.name} has one decoder, so give a number, or leave it out")
    version = registry.resolve(config.start)
    if version.task != task.name:
        raise InvalidInput(f"start {version.reference}: it is a version of {version.task}, not of {task.name}")
    named = config.trunk != TuneConfig.model_fields["trunk"].default
    if named and registry.trunk(config.trunk).id != version.trunk_id:
        raise InvalidInput(f"trunk {config.trunk!r} is not that of {version.reference}: leave trunk out")
    found = Start(version, registry.artifact(version, BRANCH), registered_files(registry, version))
    return config.model_copy(update={"start": version.reference, "trunk": version.trunk_id}), found
