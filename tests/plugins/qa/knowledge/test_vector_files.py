"""Vectors on disk: what is committed is read, what is damaged is known, what is not named is removed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trunkline import CorruptArtifact, NotFound
from trunkline_qa.knowledge.embedding import VectorModel
from trunkline_qa.knowledge.vector_files import CURRENT, NEXT, Busy, Manifest, VectorFolder
from trunkline_qa.knowledge.vectors import VectorReader

MADE_BY = VectorModel(trunk="0" * 64, model=None, layer=3, query_prefix="", passage_prefix="")


def made(rows: int, first: int = 1, seed: int = 0) -> tuple[Any, Any]:
    vectors = np.random.default_rng(seed).normal(size=(rows, 8)).astype(np.float32)
    return np.arange(first, first + rows), vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def folder(tmp_path: Path) -> VectorFolder:
    return VectorFolder(tmp_path / "vectors")


def filled(folder: VectorFolder, *parts: tuple[Any, Any]) -> Manifest:
    with folder.locked():
        manifest = Manifest(base="b", made_by=MADE_BY, precision="float32")
        segments = tuple(folder.add(*part) for part in parts)
        manifest = manifest.model_copy(update={"segments": segments})
        folder.commit(manifest)
    return manifest


def test_what_is_committed_is_read(folder: VectorFolder) -> None:
    parts = [made(5), made(3, 6, seed=1)]
    manifest = filled(folder, *parts)
    assert folder.manifest() == manifest
    assert manifest.rows == 8
    for segment, (numbers, vectors) in zip(manifest.segments, parts, strict=True):
        read_numbers, read_vectors = folder.load(segment, "float32")
        assert np.array_equal(read_numbers, numbers)
        assert np.array_equal(read_vectors, vectors)
    assert folder.size() == sum(path.stat().st_size for path in folder.path.iterdir())


def test_parts_are_merged_without_a_difference(folder: VectorFolder) -> None:
    parts = [made(5), made(70_000, 6, seed=1)]
    filled(folder, *parts)
    with folder.locked():
        merged = folder.merged(parts)
    numbers, vectors = folder.load(merged, "float32")
    assert np.array_equal(numbers, np.concatenate([parts[0][0], parts[1][0]]))
    assert np.array_equal(vectors, np.concatenate([parts[0][1], parts[1][1]]))


@pytest.mark.parametrize("suffix", [".numbers.npy", ".vectors.npy"])
@pytest.mark.parametrize("damage", ["flipped", "truncated", "gone", "swapped"])
def test_damage_is_known_before_use(folder: VectorFolder, suffix: str, damage: str) -> None:
    one, other = filled(folder, made(5), made(5, seed=1)).segments
    path, another = folder.path / f"{one.name}{suffix}", folder.path / f"{other.name}{suffix}"
    data = bytearray(path.read_bytes())
    if damage == "flipped":
        data[-3] ^= 1
        path.write_bytes(data)
    elif damage == "truncated":
        path.write_bytes(data[:-1])
    elif damage == "gone":
        path.unlink()
    else:
        path.write_bytes(another.read_bytes() + b"x")
    with pytest.raises(CorruptArtifact, match="rebuild"):
        folder.load(one, "float32")
    with pytest.raises(CorruptArtifact, match="rebuild"):
        VectorReader(folder, "b").loaded()


def test_a_damaged_manifest_is_told(folder: VectorFolder) -> None:
    filled(folder, made(5))
    (folder.path / CURRENT).write_text("{}")
    with pytest.raises(CorruptArtifact, match="rebuild"):
        VectorReader(folder, "b").loaded()


def test_vectors_of_another_precision_or_base_are_not_read(folder: VectorFolder) -> None:
    [segment] = filled(folder, made(5)).segments
    with pytest.raises(CorruptArtifact, match="float16"):
        folder.load(segment, "float16")
    assert VectorReader(folder, "another").loaded() is None


def test_a_reader_follows_and_keeps_what_it_has_mapped(folder: VectorFolder) -> None:
    reader = VectorReader(folder, "b")
    assert reader.loaded() is None
    filled(folder, made(5))
    first = reader.loaded()
    assert first is not None
    assert reader.loaded() is first
    before = np.array(first.blocks[0])
    filled(folder, made(4, seed=2))
    with folder.locked():
        folder.sweep()
    second = reader.loaded()
    assert second is not None
    assert len(second.numbers) == 4
    assert np.array_equal(first.blocks[0], before)  # swept, but mapped


def test_a_sweep_leaves_what_a_manifest_names(folder: VectorFolder) -> None:
    with folder.locked():
        empty = Manifest(base="b", made_by=MADE_BY, precision="float32")
        kept = [folder.add(*made(3, seed=seed)) for seed in range(3)]
        folder.commit(empty.model_copy(update={"segments": (kept[0],)}))
        folder.commit(empty.model_copy(update={"segments": (kept[1],)}), NEXT)
        (folder.path / "left.aside").write_bytes(b"half")
        folder.sweep()
    names = {path.name.partition(".")[0] for path in folder.path.iterdir()}
    assert names == {"lock", "manifest", "next", kept[0].name, kept[1].name}


def test_two_do_not_write_at_once(folder: VectorFolder) -> None:
    with folder.locked(), pytest.raises(Busy, match="made already"), VectorFolder(folder.path).locked():
        pass
    with folder.locked():
        pass


def test_the_folder_of_a_deleted_base_is_not_made_again(tmp_path: Path) -> None:
    place = tmp_path / "support"
    place.mkdir()
    folder = VectorFolder(place / "vectors")
    shutil.rmtree(place)
    with pytest.raises(NotFound, match="was deleted"), folder.locked():
        pass
    assert not place.exists()
