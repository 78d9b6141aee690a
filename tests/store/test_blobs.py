from __future__ import annotations

import hashlib
import os
import random
import resource
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from store_samples import PAYLOADS

from trunkline.errors import CorruptArtifact, EnvironmentFault, InvalidInput
from trunkline.store.blobs import ABANDONED_SECONDS, CHUNK_BYTES, BlobStore


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    made = BlobStore(tmp_path / "blobs")
    made.prepare()
    return made


def files(store: BlobStore) -> list[Path]:
    return sorted(path for path in store.root.rglob("*") if path.is_file())


def overwrite(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, 3 * CHUNK_BYTES + 7])
@pytest.mark.parametrize("as_file", [False, True])
def test_bytes_come_back_under_their_own_hash(store: BlobStore, tmp_path: Path, size: int, as_file: bool) -> None:
    data = random.Random(size).randbytes(size)
    (tmp_path / "source").write_bytes(data)
    blob = store.put(tmp_path / "source" if as_file else data)
    assert (blob.digest, blob.size) == (hashlib.sha256(data).hexdigest(), size)
    assert store.read(blob.digest) == store.verified(blob.digest).read_bytes() == data
    assert files(store) == [store.root / "sha256" / blob.digest[:2] / blob.digest[2:]]


def test_equal_bytes_are_stored_once_and_cannot_be_written(store: BlobStore) -> None:
    first, second = store.put(b"same"), store.put(b"same")
    assert first == second
    assert len(files(store)) == 1
    assert not store.path(first.digest).stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)


def test_a_damaged_blob_is_healed_by_storing_it_again(store: BlobStore) -> None:
    digest = store.put(b"right").digest
    overwrite(store.path(digest), b"wrong")
    store.put(b"right")
    assert store.read(digest) == b"right"


def test_two_hundred_damages_are_all_found(store: BlobStore) -> None:
    """Flipped, truncated, swapped, grown, emptied and missing: each is found by both ways of reading."""
    chance = random.Random(0)
    originals = [chance.randbytes(chance.randrange(1, 5000)) for _ in range(200)]
    digests = [store.put(data).digest for data in originals]
    for index, (digest, data) in enumerate(zip(digests, originals, strict=True)):
        where = chance.randrange(len(data))
        damaged = [
            data[:where] + bytes([data[where] ^ (1 << chance.randrange(8))]) + data[where + 1 :],
            data[:where],
            originals[index - 1],
            data + b"\0",
            b"",
        ][index % 5]
        overwrite(store.path(digest), damaged)
        with pytest.raises(CorruptArtifact, match=f"{digest} is damaged.*restore"):
            store.read(digest)
        with pytest.raises(CorruptArtifact):
            store.verified(digest)
        store.path(digest).unlink()
        with pytest.raises(CorruptArtifact, match=f"{digest} is missing"):
            store.verified(digest)


def test_a_folder_in_a_blobs_place_is_damage(store: BlobStore) -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    store.path(digest).mkdir(parents=True)
    with pytest.raises(CorruptArtifact, match="cannot be read"):
        store.read(digest)


@pytest.mark.parametrize("payload", [*PAYLOADS, "A" * 64, "../" + "a" * 61, "a" * 63, "a" * 64 + "\n"])
def test_only_a_digest_is_an_address(store: BlobStore, payload: str) -> None:
    for act in (store.path, store.has, store.read, store.verified, store.remove):
        with pytest.raises(InvalidInput, match="digest"):
            act(payload)


def test_a_source_that_cannot_be_read_is_named(store: BlobStore, tmp_path: Path) -> None:
    for source in (tmp_path / "absent", tmp_path):
        with pytest.raises(InvalidInput, match=f"cannot read the artifact {source}"):
            store.put(source)
    assert files(store) == []


def test_threads_may_store_the_same_bytes_at_once(store: BlobStore) -> None:
    data = [bytes([index]) * 100_000 for index in range(4)]
    threads = [threading.Thread(target=store.put, args=(data[index % 4],)) for index in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(store.read(digest) for digest in store.digests()) == sorted(data)
    assert len(files(store)) == 4


def test_the_file_is_durable_before_it_has_its_name(store: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    acts: list[str] = []
    fsync, replace = os.fsync, os.replace

    def record_fsync(handle: int) -> None:
        acts.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def record_replace(source: Path, target: Path) -> None:
        acts.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(os, "replace", record_replace)
    store.put(b"x")
    assert acts.index("file") < acts.index("rename")
    assert acts[acts.index("rename") + 1 :] == ["folder", "folder"]
    acts.clear()
    store.put(b"x")
    assert acts == ["folder", "folder"]  # its writer may not have come to that


def test_what_a_killed_writer_left_goes_after_a_while(store: BlobStore) -> None:
    incoming = store.root / "incoming"
    incoming.mkdir()
    (incoming / "young").write_bytes(b"x")
    (incoming / "old").write_bytes(b"x")
    past = time.time() - ABANDONED_SECONDS - 1
    os.utime(incoming / "old", (past, past))
    store.remove_abandoned()
    assert [path.name for path in incoming.iterdir()] == ["young"]


LIMITED = """
import resource, sys
from pathlib import Path
from trunkline.errors import EnvironmentFault
from trunkline.store.blobs import BlobStore
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
try:
    BlobStore(Path(sys.argv[1])).put(b"x" * 3_000_000)
except EnvironmentFault as fault:
    print(fault)
"""


def test_a_file_over_the_size_limit_leaves_nothing(store: BlobStore) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    command = [sys.executable, "-c", LIMITED, str(store.root)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "no space left" in said
    assert files(store) == []


def test_a_failing_fsync_is_a_failure(store: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(handle: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(EnvironmentFault, match="Input/output error"):
        store.put(b"x")
    assert files(store) == []
