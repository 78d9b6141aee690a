from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest

from trunkline.errors import CorruptArtifact
from trunkline.store import trunk_folder as module
from trunkline.store.blobs import BlobStore
from trunkline.store.trunk_folder import materialise

CONTENT = {"config.json": b"{}", "tokenizer.json": b'{"t": 1}', "model.safetensors": bytes(range(256)) * 40}


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


@pytest.fixture
def files(store: BlobStore) -> dict[str, str]:
    return {name: store.put(data).digest for name, data in CONTENT.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "trunks" / ("ab" * 32)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_folder_holds_the_files_and_is_reused(store: BlobStore, files: dict[str, str], folder: Path) -> None:
    assert materialise(store, files, folder) == folder
    made = folder.stat().st_ino
    assert content(materialise(store, files, folder)) == CONTENT
    assert folder.stat().st_ino == made
    assert (folder / "model.safetensors").stat().st_nlink == 2


@pytest.mark.parametrize("damage", ["flipped", "truncated", "missing", "planted", "replaced by a file", "empty"])
def test_a_damaged_folder_is_made_anew(store: BlobStore, files: dict[str, str], folder: Path, damage: str) -> None:
    materialise(store, files, folder)
    weights = folder / "model.safetensors"
    if damage in ("flipped", "truncated", "missing"):
        weights.unlink()
    if damage == "flipped":
        weights.write_bytes(b"\1" + CONTENT["model.safetensors"][1:])
    elif damage == "truncated":
        weights.write_bytes(CONTENT["model.safetensors"][:-1])
    elif damage == "planted":
        (folder / "modeling.py").write_text("import os")
    elif damage != "missing":
        shutil.rmtree(folder)
        folder.write_text("x") if damage == "replaced by a file" else folder.mkdir()
    assert content(materialise(store, files, folder)) == CONTENT
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("cached", [False, True])
def test_a_damaged_blob_never_gets_through(store: BlobStore, files: dict[str, str], folder: Path, cached: bool) -> None:
    """Also where the folder was made before: the link shows the same bytes as the blob."""
    if cached:
        materialise(store, files, folder)
    blob = store.path(files["model.safetensors"])
    blob.chmod(0o644)
    with blob.open("r+b") as file:
        file.write(b"\xff")
    with pytest.raises(CorruptArtifact):
        materialise(store, files, folder)
    assert [path for path in folder.parent.iterdir() if path.name.startswith(".")] == []


def test_where_links_are_impossible_files_are_copied(
    store: BlobStore, files: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: object, **named: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refused)
    assert content(materialise(store, files, folder)) == CONTENT
    assert (folder / "model.safetensors").stat().st_nlink == 1


def test_an_interrupt_leaves_no_half_made_folder(
    store: BlobStore, files: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, placed = module._place, []

    def interrupted(*arguments: object) -> None:
        place(*arguments)  # type: ignore[arg-type]
        placed.append(1)
        if len(placed) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(module, "_place", interrupted)
    with pytest.raises(KeyboardInterrupt):
        materialise(store, files, folder)
    assert list(folder.parent.iterdir()) == []


def test_threads_may_ask_for_it_at_once(store: BlobStore, files: dict[str, str], folder: Path) -> None:
    found: list[dict[str, bytes]] = []
    threads = [
        threading.Thread(target=lambda: found.append(content(materialise(store, files, folder)))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [CONTENT] * 16
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
