"""The story of an archive's states: looked at, sized, computed shard by shard, named when whole."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from trunkline.archive.manifest import Manifest
from trunkline.archive.number_format import NumberFormat, format_named
from trunkline.archive.rows import Survey, shards, survey
from trunkline.archive.stem_states import shard_of
from trunkline.archive.writing import Writing
from trunkline.errors import Conflict, EnvironmentFault, InvalidInput
from trunkline.prediction.source import rows
from trunkline.prediction.unfinished import going_on
from trunkline.progress import Progress
from trunkline.serving.engine import Engine
from trunkline.serving.lane import Lane
from trunkline.trunk.windows import cut

RESERVE = 2**28  # bytes left free on the disk
TABLE_BYTES = 30  # of a token beside its state: ids, offsets, sides, positions, depths
ROW_BYTES = 24  # of a row beside its text and tokens: where its tokens and windows begin


@dataclass(frozen=True, slots=True)
class Built:
    """What came of an archive."""

    manifest: Manifest
    resumed_at: int  # rows that an earlier, killed run had computed
    estimated_bytes: int


def build(
    engine: Engine,
    trunk: str | None,
    layer: int,
    source: Path,
    folder: Path,
    progress: Progress,
    *,
    dtype: str = "bf16",
    columns: Mapping[str, str] | None = None,
) -> Built:
    """Keep the states at `layer` of every row of `source` in `folder`, so that versions which fork there read them.

    A run that was killed goes on after its last whole shard when it is repeated. Raises `DataError` that names all
    rows that cannot be used, before anything is computed; `Conflict` where `folder` exists or another process builds
    it; `EnvironmentFault` where the disk has no room.
    """
    format_ = format_named(dtype)
    if folder.exists():
        raise Conflict(f"{str(folder)!r} exists: remove it, or name another folder")
    if not folder.parent.is_dir():
        raise InvalidInput(f"there is no folder {str(folder.parent)!r} for the states: make it first")
    read = rows(source, columns or {})
    lane = _lane(engine, trunk, layer)
    found = survey(source, columns or {}, engine.settings.text_characters, progress)
    about = _about(engine, lane, layer, format_, source, found, columns or {})
    expected = bytes_expected(found, lane, format_)
    with Writing(folder, about) as writing:
        _check_room(folder, expected, writing.bytes, progress)
        before = writing.rows
        writing.check_rows(map(len, shards(islice(read, before))))
        with progress.track("hidden states", found.rows) as advance:
            advance(before)
            tenths = going_on(progress, "hidden states", before, found.rows, before)
            for shard in shards(read):
                writing.add(shard_of(shard, lane, layer, format_, engine.settings.batch_tokens))
                advance(len(shard))
                tenths.reached(writing.rows, f"{writing.rows:,} rows")
        return Built(writing.finish(), before, expected)


def bytes_expected(found: Survey, lane: Lane, format_: NumberFormat) -> int:
    """Give the bytes that states will take on disk, as far as the lengths of a sample of rows can tell."""
    if not found.rows:
        return 0
    encoded = lane.tokenizer.encode(found.sample)
    tokens = sum(len(window) for one in encoded for window in cut(one, lane.tokenizer))
    of_tokens = tokens / len(found.sample) * found.rows * (lane.info.width * format_.bytes + TABLE_BYTES)
    return round(of_tokens + found.rows * ROW_BYTES + found.bytes)


def _lane(engine: Engine, trunk: str | None, layer: int) -> Lane:
    lane = engine.lane(trunk)
    if not 0 <= layer <= lane.info.n_layers:
        raise InvalidInput(f"trunk {lane.info.name} has no layer {layer}: keep one of 0 to {lane.info.n_layers}")
    return lane


def _about(
    engine: Engine,
    lane: Lane,
    layer: int,
    format_: NumberFormat,
    source: Path,
    found: Survey,
    columns: Mapping[str, str],
) -> Manifest:
    return Manifest(
        trunk_id=lane.info.id,
        trunk=lane.info.name,
        layer=layer,
        width=lane.info.width,
        dtype=format_.name,
        backend=engine.backend.name,
        precision=engine.backend.precision,
        input=source.name,
        input_bytes=found.bytes,
        input_sha256=found.sha256,
        columns=dict(columns),
    )


def _check_room(folder: Path, expected: int, written: int, progress: Progress) -> None:
    free = shutil.disk_usage(folder.parent).free
    progress.say(f"about {expected / 2**20:,.1f} MiB of states; {free / 2**20:,.1f} MiB are free")
    if (missing := expected - written) + RESERVE > free:
        raise EnvironmentFault(
            f"about {missing / 2**20:,.1f} MiB are to be written to {str(folder)!r}, and {free / 2**20:,.1f} MiB are "
            f"free, of which {RESERVE / 2**20:.0f} MiB stay so: free space, name a folder on another disk, or split "
            "the input"
        )
