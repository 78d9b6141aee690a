"""Compiled pieces in the registry: published with their measurement, freed with their version."""

from __future__ import annotations

from pathlib import Path

import pytest
from store_samples import TRUNK_ID, artifacts, draft, evaluation

from trunkline.errors import Conflict, CorruptArtifact, InvalidInput, NotFound
from trunkline.records import Metric, Version
from trunkline.store.blobs import BlobStore
from trunkline.store.registry import Registry

KIND = "openvino/int8"
MEASURED = evaluation(backend="openvino", precision="int8")


def piece(folder: Path, said: str, kind: str = KIND) -> dict[str, Path]:
    """Two files that tell which piece they are of, by role."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("graph.bin", "manifest.json"):
        (folder / f"{said}-{name}").write_text(f"{said} {name}")
    return {f"{kind}/{name}": folder / f"{said}-{name}" for name in ("graph.bin", "manifest.json")}


def read(files: dict[str, Path]) -> dict[str, str]:
    return {name: path.read_text() for name, path in files.items()}


def said(word: str) -> dict[str, str]:
    return {name: f"{word} {name}" for name in ("graph.bin", "manifest.json")}


def everything(registry: Registry, blobs: Path, version: Version) -> object:
    kept = registry.resolve(version.reference), registry.trunk_pieces(TRUNK_ID), registry.evaluations(version.reference)
    return kept, set(BlobStore(blobs).digests()), registry.revision()


@pytest.fixture
def version(registry: Registry) -> Version:
    return registry.register(draft(), artifacts(1))


def test_pieces_come_with_their_measurement_and_leave_the_rest_as_it_was(
    registry: Registry, version: Version, tmp_path: Path
) -> None:
    folder = {path.name: path.read_bytes() for path in registry.trunk_folder(TRUNK_ID).iterdir()}
    assert (registry.version_piece(version, KIND), registry.trunk_piece(TRUNK_ID, KIND)) == ({}, {})
    recorded = registry.record_compiled(
        version.reference, MEASURED, piece(tmp_path, "branch"), piece(tmp_path, "stem"), registry.trunk_pieces(TRUNK_ID)
    )
    assert registry.evaluations(version.reference) == [recorded]
    assert read(registry.version_piece(version, KIND)) == said("branch")
    assert read(registry.trunk_piece(TRUNK_ID, KIND)) == said("stem")
    assert registry.version_piece(version, "openvino/float") == {}
    assert registry.version_piece(version, "openvino/int") == {}
    roles = {f"{KIND}/{name}" for name in said("")}
    now = registry.resolve(version.reference)
    assert now.artifacts.keys() == version.artifacts.keys() | roles
    assert {role: registry.artifact_bytes(now, role) for role in version.artifacts} == artifacts(1)
    assert {path.name: path.read_bytes() for path in registry.trunk_folder(TRUNK_ID).iterdir()} == folder
    assert registry.events()[-1].action == "version.compiled"


def test_a_second_piece_of_a_kind_takes_the_place_of_the_first(
    registry: Registry, version: Version, blobs: Path, tmp_path: Path
) -> None:
    other = piece(tmp_path, "float", "openvino/float")
    registry.record_compiled(version.reference, MEASURED, other, {}, {})
    for word in ("first", "second"):
        before = registry.trunk_pieces(TRUNK_ID)
        files = piece(tmp_path, word), piece(tmp_path, f"{word} stem")
        registry.record_compiled(version.reference, MEASURED, *files, before)
    assert read(registry.version_piece(version, KIND)) == said("second")
    assert read(registry.trunk_piece(TRUNK_ID, KIND)) == said("second stem")
    assert read(registry.version_piece(version, "openvino/float")) == said("float")
    before = set(BlobStore(blobs).digests())
    assert registry.collect_garbage() == sum(
        len(text) for word in ("first", "first stem") for text in said(word).values()
    )
    assert len(before - set(BlobStore(blobs).digests())) == 4


def test_a_stem_that_another_process_has_put_there_meanwhile_stays(
    registry: Registry, version: Version, blobs: Path, tmp_path: Path
) -> None:
    seen = registry.trunk_pieces(TRUNK_ID)
    registry.record_compiled(version.reference, MEASURED, {}, piece(tmp_path, "theirs"), seen)
    before = everything(registry, blobs, version)
    with pytest.raises(Conflict, match="compile it once more"):
        registry.record_compiled(version.reference, MEASURED, piece(tmp_path, "b"), piece(tmp_path, "ours"), seen)
    assert everything(registry, blobs, version) == before
    of_another_kind = piece(tmp_path, "float", "openvino/float")
    registry.record_compiled(version.reference, MEASURED, {}, of_another_kind, seen)
    assert read(registry.trunk_piece(TRUNK_ID, KIND)) == said("theirs")


def test_a_publish_that_fails_leaves_neither_pieces_nor_measurement(
    registry: Registry, version: Version, blobs: Path, tmp_path: Path
) -> None:
    before = everything(registry, blobs, version)
    branch, stem = piece(tmp_path, "branch"), piece(tmp_path, "stem")
    infinite = evaluation(metrics={"f1": Metric(value=float("inf"))})
    with pytest.raises(InvalidInput, match="finite"):
        registry.record_compiled(version.reference, infinite, branch, stem, {})
    with pytest.raises(InvalidInput, match="cannot read the artifact"):
        registry.record_compiled(version.reference, MEASURED, branch, {f"{KIND}/absent": tmp_path / "absent"}, {})
    with pytest.raises(InvalidInput, match="role"):
        registry.record_compiled(version.reference, MEASURED, branch, {"../graph.bin": tmp_path}, {})
    with pytest.raises(NotFound):
        registry.record_compiled("ner/tickets@9", MEASURED, branch, stem, {})
    assert everything(registry, blobs, version) == before


def test_garbage_collection_keeps_what_is_named_and_a_deleted_versions_pieces_go(
    registry: Registry, version: Version, blobs: Path, tmp_path: Path
) -> None:
    registry.record_compiled(version.reference, MEASURED, piece(tmp_path, "branch"), piece(tmp_path, "stem"), {})
    assert registry.collect_garbage() == 0
    assert read(registry.version_piece(version, KIND)) == said("branch")
    registry.delete_version(version.reference)
    freed = sum(map(len, artifacts(1).values())) + sum(map(len, said("branch").values()))
    assert registry.collect_garbage() == freed
    with pytest.raises(NotFound):
        registry.version_piece(version, KIND)
    assert read(registry.trunk_piece(TRUNK_ID, KIND)) == said("stem")


def test_a_damaged_piece_is_found_when_it_is_read(
    registry: Registry, version: Version, blobs: Path, tmp_path: Path
) -> None:
    registry.record_compiled(version.reference, MEASURED, piece(tmp_path, "branch"), piece(tmp_path, "stem"), {})
    for find in (lambda: registry.version_piece(version, KIND), lambda: registry.trunk_piece(TRUNK_ID, KIND)):
        path = find()["graph.bin"]
        path.chmod(0o644)
        path.write_text("damaged")
        with pytest.raises(CorruptArtifact, match="damaged"):
            find()
