"""A disk that is really full: a small file system of its own, where this user may mount one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from store_samples import artifacts, draft, evaluation, trunk_files, trunk_info

from trunkline.errors import EnvironmentFault
from trunkline.store.registry import Registry

PAGE = 4096


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"this user cannot mount a small disk: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, free_pages: int) -> Path:
    """Leave room for so many pages and no more."""
    path = disk / "filling"
    state = os.statvfs(disk)
    path.write_bytes(b"\0" * (state.f_bavail * state.f_frsize - free_pages * PAGE))
    return path


def test_a_publish_on_a_full_disk_is_whole_or_absent(small_disk: Path, tmp_path: Path) -> None:
    """With room for nothing, for one blob, for the blobs but no rows, for all: step by step."""
    home = small_disk / "home"
    with Registry(f"sqlite:///{home}/registry.db", home / "blobs") as registry:
        registry.add_trunk(trunk_info(), trunk_files(tmp_path / "trunk"))
        outcomes = set()
        for free_pages in range(0, 40, 2):
            filling = fill(small_disk, free_pages)
            seed = len(registry.versions())
            outcomes.add(_publish(registry, seed))
            assert not list((home / "blobs" / "incoming").glob("*"))
            filling.unlink()
            _all_whole(registry)
            registry.collect_garbage()
        assert outcomes == {True, False}


def test_the_message_says_what_to_do(small_disk: Path, tmp_path: Path) -> None:
    """Blobs on a full disk, then the database on one."""
    trunk = trunk_files(tmp_path / "trunk")
    elsewhere = f"sqlite:///{tmp_path}/registry.db"
    with Registry(elsewhere, small_disk / "blobs") as registry:
        filling = fill(small_disk, 1)
        with pytest.raises(EnvironmentFault, match=r"no space left for .* MiB free\); free space on that disk"):
            registry.add_trunk(trunk_info(), trunk)
        filling.unlink()
    with Registry(f"sqlite:///{small_disk}/registry.db", tmp_path / "blobs") as registry:
        fill(small_disk, 0)
        with pytest.raises(EnvironmentFault, match=r"disk (failed or )?is full.*free space on that disk"):
            registry.add_trunk(trunk_info(), trunk)


def test_a_cache_on_a_full_disk(small_disk: Path, tmp_path: Path) -> None:
    cache = small_disk / "cache"
    registry = Registry(f"sqlite:///{tmp_path}/registry.db", tmp_path / "blobs", cache)
    registry.add_trunk(trunk_info(), trunk_files(tmp_path / "trunk"))
    filling = fill(small_disk, 4)
    with pytest.raises(EnvironmentFault, match="no space left"):
        registry.trunk_folder("minilm")
    assert list((cache / "trunks").iterdir()) == []
    filling.unlink()
    assert (registry.trunk_folder("minilm") / "model.safetensors").is_file()


def _publish(registry: Registry, seed: int) -> bool:
    before = registry.revision()
    with suppress(EnvironmentFault):
        registry.register(draft(settings={"seed": seed}), artifacts(seed), [evaluation()])
    return registry.revision() > before


def _all_whole(registry: Registry) -> None:
    versions = registry.versions()
    assert [version.number for version in versions] == list(range(len(versions), 0, -1))
    for version in versions:
        found = {role: registry.artifact_bytes(version, role) for role in version.artifacts}
        assert found == artifacts(version.settings["seed"])
        assert len(registry.evaluations(version.reference)) == 1
