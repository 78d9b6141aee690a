"""Kept states through a version's branch: no queue, no stem, large batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trunkline.archive.manifest import Manifest
from trunkline.archive.number_format import format_named
from trunkline.archive.shard import STATES
from trunkline.archive.stem_states import batches, padded_length
from trunkline.archive.tables import Tables
from trunkline.backends.backend import Backend
from trunkline.contract.outputs import Outputs
from trunkline.errors import InvalidInput
from trunkline.records import Version
from trunkline.serving.computed import Computed
from trunkline.serving.deployment import Loaded
from trunkline.serving.reader import VersionReader

BATCH_TOKENS = 8192  # padded tokens in one batch: a branch's intermediate states are some 50 MB


class Replay:
    """A version that answers from kept states."""

    def __init__(self, loaded: Loaded, manifest: Manifest, backend: Backend) -> None:
        """Raise `InvalidInput` where the version cannot go on from these states."""
        assert isinstance(loaded.reader, VersionReader)
        self._reader, self._lane = loaded.reader, loaded.lane
        self._layer = manifest.layer
        self._format = format_named(manifest.dtype)
        check_fits(self._reader.version, manifest)
        if (manifest.backend, manifest.precision) != (backend.name, backend.precision):
            raise InvalidInput(
                f"these states were computed by {manifest.backend} in {manifest.precision}, and "
                f"{backend.name} in {backend.precision} would go on from them: set "
                f"TRUNKLINE_BACKEND={manifest.backend} TRUNKLINE_PRECISION={manifest.precision}"
            )

    @property
    def reference(self) -> str:
        return self._reader.version.reference

    def predictions(self, tables: Tables) -> Sequence[Any]:
        """Give each row's prediction, in the rows' order."""
        outputs = self._outputs(tables)
        return self._reader.finish(
            [
                Computed(encoded, tables.windows[start:end], outputs[start:end])
                for encoded, (start, end) in zip(tables.encoded, tables.windows_of_rows, strict=True)
            ]
        )

    def _outputs(self, tables: Tables) -> list[Outputs]:
        """Run the branch: each window's outputs, padded as its batch was."""
        found: list[Outputs] = [{}] * len(tables.lengths)
        states = tables.arrays[STATES]
        for windows in batches(tables.lengths, BATCH_TOKENS):
            length = padded_length(tables.lengths[windows], self._lane)
            batch, slots = tables.padded(windows, length, self._lane.tokenizer.pad_id)
            hidden = self._format.widen(states[slots])
            hidden[~batch.mask] = 0
            read = {self._layer: self._lane.stem.resume(batch, self._layer, hidden)}
            outputs = self._reader.run(read)
            for place, window in enumerate(windows.tolist()):
                found[window] = {name: array[place] for name, array in outputs.items()}
        return found


def check_fits(version: Version, manifest: Manifest) -> None:
    """Raise `InvalidInput` where a version does not go on from these states, and them alone."""
    kept = f"the states are those of trunk {manifest.trunk} ({manifest.trunk_id[:12]}) at layer {manifest.layer}"
    branch = version.branch
    if version.trunk_id != manifest.trunk_id:
        raise InvalidInput(f"{kept}; {version.reference} stands on another trunk ({version.trunk_id[:12]})")
    if branch.joined_at:
        raise InvalidInput(f"{kept}; {version.reference} joins two texts there: let it read them with --input")
    if branch.reads != "last":
        raise InvalidInput(f"{kept}; {version.reference} reads a mix of all layers up to {branch.fork_layer}")
    if branch.fork_layer != manifest.layer:
        raise InvalidInput(
            f"{kept}; {version.reference} leaves the trunk at layer {branch.fork_layer}: build states of that layer, "
            f"or tune a version with --fork-layer {manifest.layer}"
        )
