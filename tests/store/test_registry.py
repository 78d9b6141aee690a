"""The registry as a whole: who sees what, and what strange names and paths can do (nothing)."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from store_samples import PAYLOADS, artifacts, draft, evaluation, trunk_files, trunk_info

from trunkline.errors import CorruptArtifact, InvalidInput, NotFound, TrunklineError
from trunkline.names import NAME
from trunkline.records import ModelInfo, Version
from trunkline.store.blobs import BlobStore
from trunkline.store.registry import Registry


def test_another_registry_on_the_same_place_sees_the_same(registry_url: str, blobs: Path, registry: Registry) -> None:
    version = registry.register(draft(), artifacts(1), [evaluation()])
    registry.set_alias("tickets", "production")
    with Registry(registry_url, blobs) as other:
        assert other.resolve("tickets@production") == version.model_copy(update={"aliases": ("production",)})
        assert other.evaluations("tickets") == registry.evaluations("tickets")
        assert other.events() == registry.events()
        assert other.revision() == registry.revision() > 0
        assert other.trunks() == [trunk_info()]


def test_models_are_listed_with_numbers_and_aliases(registry: Registry) -> None:
    for name in ("tickets", "tickets", "mails"):
        registry.register(draft(name=name), {})
    registry.set_alias("tickets@1", "production")
    registry.delete_version("mails@1")
    assert registry.models() == [
        ModelInfo(task="ner", name="tickets", newest=2, versions=(2, 1), aliases={"production": 1})
    ]


def test_a_version_reads_its_artifacts_verified(registry: Registry, blobs: Path) -> None:
    version = registry.register(draft(), artifacts(1))
    assert registry.artifact(version, "data/train").read_bytes() == artifacts(1)["data/train"]
    assert registry.artifact_bytes(version, "branch") == artifacts(1)["branch"]
    with pytest.raises(NotFound, match="did you mean branch"):
        registry.artifact(version, "brunch")
    path = BlobStore(blobs).path(version.artifacts["branch"])
    path.chmod(0o644)
    path.write_bytes(b"else")
    for read in (registry.artifact, registry.artifact_bytes):
        with pytest.raises(CorruptArtifact):
            read(version, "branch")


def test_damaged_trunks_are_found_before_use(registry: Registry, blobs: Path) -> None:
    folder = registry.trunk_folder("minilm")
    assert (folder / "model.safetensors").read_bytes() == bytes(range(256)) * 64
    for digest in BlobStore(blobs).digests():
        path = BlobStore(blobs).path(digest)
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CorruptArtifact):
        registry.trunk_folder("minilm")


def test_many_threads_share_one_registry(registry: Registry) -> None:
    numbers: list[int] = []

    def work() -> None:
        numbers.append(registry.register(draft(), artifacts(1)).number)

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 13))


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file outside the registry's home, as high as `../..` reaches."""
    path = tmp_path / "etc" / "passwd"
    path.parent.mkdir()
    path.write_text("secret")
    return path


def tree(root: Path, home: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if home not in path.parents)


def test_no_name_and_no_path_leads_outside(registry: Registry, tmp_path: Path, outside: Path) -> None:
    """Every payload on every string field: refused, or stored as mere text; nothing outside is read or made."""
    version = registry.register(draft(), artifacts(1))
    folder = trunk_files(tmp_path / "other")
    before = tree(tmp_path, tmp_path / "home")
    for payload in [*PAYLOADS, str(outside), f"../{outside.parent.name}/passwd"]:
        _refused(registry, version, payload)
        for field in ("id", "parent_id"):
            with pytest.raises(InvalidInput):
                registry.add_trunk(trunk_info(**{field: payload}), folder)
    assert tree(tmp_path, tmp_path / "home") == before
    assert [found.reference for found in registry.versions()] == [version.reference]
    assert outside.read_text() == "secret"


def _refused(registry: Registry, version: Version, payload: str) -> None:
    assert not NAME.match(payload) or payload.endswith("\n")
    acts = (
        lambda: registry.resolve(payload),
        lambda: registry.resolve("tickets", task=payload),
        lambda: registry.register(draft(name=payload), {}),
        lambda: registry.register(draft(task=payload), {}),
        lambda: registry.register(draft(trunk_id=payload), {}),
        lambda: registry.register(draft(), {payload: b"x"}),
        lambda: registry.set_alias("tickets@1", payload),
        lambda: registry.artifact(version, payload),
        lambda: registry.artifact(version.model_copy(update={"artifacts": {"branch": payload}}), "branch"),
        lambda: registry.trunk(payload),
        lambda: registry.trunk_folder(payload),
        lambda: registry.start_run("ner", payload, {}),
    )
    for act in acts:
        with pytest.raises(TrunklineError) as caught:
            act()
        assert isinstance(caught.value, InvalidInput | NotFound), caught.value
