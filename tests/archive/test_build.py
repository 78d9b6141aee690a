"""States on disk are those that the stem computes, whole or going on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trunkline.archive import build as building
from trunkline.archive import rows as of_archive
from trunkline.archive import writing
from trunkline.archive.number_format import FORMATS
from trunkline.archive.shard import STATES, read_shard
from trunkline.errors import Conflict, CorruptArtifact, DataError, EnvironmentFault, InvalidInput, NotFound
from trunkline.trunk.windows import pad

ROUNDING = {"fp32": 1e-5, "fp16": 2**-11, "bf16": 2**-8}  # relative, of numbers near 1


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("layer", [0, 2, 3])
def test_states_are_those_of_each_window_alone(
    world: Any, build: Callable[..., Any], tmp_path: Path, dtype: str, layer: int
) -> None:
    manifest = build(dtype=dtype, layer=layer).manifest
    assert (manifest.rows, manifest.trunk, manifest.layer, manifest.dtype) == (90, "tiny", layer, dtype)
    with world.engine() as engine:
        stem = engine.lane("tiny").stem
        (entry,) = manifest.shards
        tables = read_shard(tmp_path / "states", entry)
        states = FORMATS[dtype].widen(tables.arrays[STATES])
        starts = tables.arrays["slot_starts"]
        for number, window in enumerate(tables.windows):
            alone = stem.advance(stem.embed(pad([window], 0)), layer).raw()[0]
            found = states[starts[number] : starts[number + 1]]
            np.testing.assert_allclose(found, alone, rtol=ROUNDING[dtype], atol=ROUNDING[dtype])


def test_the_size_is_told_beforehand(build: Callable[..., Any], tmp_path: Path) -> None:
    built = build()
    on_disk = sum(path.stat().st_size for path in (tmp_path / "states").glob("*.safetensors"))
    assert built.manifest.bytes == on_disk
    assert built.estimated_bytes == pytest.approx(on_disk, rel=0.05)


def test_a_stopped_run_goes_on_without_losing_or_doubling_a_row(
    build: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_archive, "SHARD_ROWS", 16)
    whole = build(folder=tmp_path / "whole").manifest
    write, written = writing.write_shard, []

    def dies_at_the_third(folder: Path, name: str, arrays: Any) -> Any:
        written.append(write(folder, name, arrays))
        if len(written) == 3:
            raise KeyboardInterrupt  # the shard is there, the journal does not know of it
        return written[-1]

    with monkeypatch.context() as patch:
        patch.setattr(writing, "write_shard", dies_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            build()
    assert not (tmp_path / "states").exists()
    built = build()
    assert built.resumed_at == sum(entry.rows for entry in written[:2]) > 0
    assert built.manifest == whole  # the same hashes of the same bytes
    files = sorted(path.name for path in (tmp_path / "states").iterdir())
    assert files == sorted(["manifest.json", *(shard.name for shard in whole.shards)])


@pytest.fixture
def stopped(build: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Unfinished states of which every shard is there."""

    def dies(self: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(of_archive, "SHARD_ROWS", 16)
    with monkeypatch.context() as patch:
        patch.setattr(writing.Writing, "finish", dies)
        with pytest.raises(KeyboardInterrupt):
            build()
    return tmp_path / "states.partial"


def test_another_run_is_not_gone_on_with(build: Callable[..., Any], stopped: Path) -> None:
    for how, told in (({"layer": 1}, "2 there, 1 here"), ({"dtype": "fp32"}, "'bf16' there, 'fp32' here")):
        with pytest.raises(
            Conflict, match=rf"differs in .*\({told}\): repeat the command .* or remove .*states.partial"
        ):
            build(**how)
    shutil.rmtree(stopped)
    assert build(layer=1).manifest.layer == 1


def test_another_process_may_not_build_the_same_folder(
    build: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shard_of, refused = building.shard_of, []

    def while_another_begins(*given: Any) -> Any:
        if not refused:
            with pytest.raises(Conflict, match="another process is writing") as caught:
                build()
            refused.append(caught)
        return shard_of(*given)

    monkeypatch.setattr(building, "shard_of", while_another_begins)
    assert build().manifest.rows == 90
    assert refused


def test_a_shard_that_went_missing_is_not_gone_on_from(build: Callable[..., Any], stopped: Path) -> None:
    (stopped / "000000.safetensors").unlink()
    with pytest.raises(CorruptArtifact, match="begin anew"):
        build()


def test_shards_that_do_not_add_up_are_not_gone_on_from(build: Callable[..., Any], stopped: Path) -> None:
    part = stopped / "shards.jsonl.part"
    whole = part.read_text().splitlines(keepends=True)
    for damaged, told in (
        ([*whole, whole[0]], f"names 000000.safetensors where {len(whole):06}.safetensors is expected"),
        ([*whole[1:]], "names 000001.safetensors where 000000.safetensors is expected"),
        ([whole[0].replace('"rows":16', '"rows":17'), *whole[1:]], "hold 91 rows, otherwise than a run cuts them"),
        ([whole[0].replace('"rows":16', '"rows":-16'), *whole[1:]], "line 1 of shards.jsonl.part tells of no shard"),
        (["{}\n", *whole[1:]], "line 1 of shards.jsonl.part tells of no shard"),
    ):
        part.write_text("".join(damaged))
        with pytest.raises(CorruptArtifact, match=f"{told}; remove it and begin anew"):
            build()
    part.write_text("".join(whole))
    assert build().resumed_at == 90


def test_what_cannot_be_built_leaves_nothing(
    build: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "a"}\n{"txt": "b"}\n')
    with pytest.raises(InvalidInput, match="has no layer 4: keep one of 0 to 3"):
        build(layer=4)
    with pytest.raises(NotFound, match=r"none\.jsonl"):
        build(source=tmp_path / "none.jsonl")
    with pytest.raises(DataError, match=r"bad\.jsonl:2"):
        build(source=bad)
    with pytest.raises(InvalidInput, match="make it first"):
        build(folder=tmp_path / "no" / "states")
    with monkeypatch.context() as patch:
        patch.setattr(building, "RESERVE", 2**60)
        with pytest.raises(EnvironmentFault, match="free space, name a folder on another disk"):
            build()
    build()
    with pytest.raises(Conflict, match="exists"):
        build()


def test_a_disk_that_fills_up_is_told(build: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that is always full stands for the disk: the write itself fails."""
    if not Path("/dev/full").exists():
        pytest.skip("this machine has no full device")
    opened = Path.open

    def full(path: Path, *given: Any, **named: Any) -> Any:
        return opened(
            Path("/dev/full") if path.suffix == ".tmp" and "safetensors" in path.name else path, *given, **named
        )

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(EnvironmentFault, match="no space left"):
        build()


@pytest.mark.parametrize("suffix", ["csv", "tsv", "txt"])
def test_other_kinds_of_files(build: Callable[..., Any], tmp_path: Path, suffix: str) -> None:
    source = tmp_path / f"a.{suffix}"
    source.write_text("" if suffix == "txt" else "body\n")
    with source.open("a") as file:
        file.write("my order is late\nlost card\n")
    columns = {} if suffix == "txt" else {"text": "body"}
    manifest = build(source=source, columns=columns).manifest
    tables = read_shard(tmp_path / "states", manifest.shards[0])
    assert [one.source.text for one in tables.encoded] == ["my order is late", "lost card"]


def test_an_empty_archive_has_no_shards(build: Callable[..., Any], tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.touch()
    assert build(source=source).manifest.shards == ()
