from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from store_samples import artifacts, draft, evaluation

from trunkline.errors import Conflict, InvalidInput, NotFound
from trunkline.records import Metric
from trunkline.store import publish as module
from trunkline.store.blobs import Blob, BlobStore
from trunkline.store.registry import Registry
from trunkline.store.schema import ArtifactRow, VersionRow


def stored(blobs: Path) -> set[str]:
    return set(BlobStore(blobs).digests())


def rows(registry: Registry) -> tuple[set[str], int]:
    with registry._database.read() as session:
        versions = len(session.scalars(select(VersionRow.id)).all())
        return set(session.scalars(select(ArtifactRow.sha256))), versions


def test_a_publish_that_fails_leaves_neither_rows_nor_blobs(registry: Registry, blobs: Path, tmp_path: Path) -> None:
    kept = registry.register(draft(), artifacts(1))
    before = stored(blobs), rows(registry), registry.revision()
    both = {**artifacts(1), "curve.svg": b"new"}
    with pytest.raises(Conflict):
        registry.register(draft(task="classification"), both)
    with pytest.raises(NotFound, match="trunk"):
        registry.register(draft(trunk_id="0" * 64), both)
    with pytest.raises(InvalidInput):
        registry.register(draft(), {**both, "last": tmp_path / "absent"})
    with pytest.raises(InvalidInput, match="finite"):
        registry.register(draft(), both, [evaluation(metrics={"f1": Metric(value=float("nan"))})])
    assert (stored(blobs), rows(registry), registry.revision()) == before
    assert registry.artifact_bytes(kept, "branch") == artifacts(1)["branch"]
    assert registry.register(draft(), both).number == 2


def test_an_interrupt_in_the_transaction_leaves_nothing(
    registry: Registry, blobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored(blobs), rows(registry), registry.revision()

    def interrupted(session: Session, *ignored: object) -> None:
        session.flush()
        raise KeyboardInterrupt

    monkeypatch.setattr("trunkline.store.evaluations.insert", interrupted)
    with pytest.raises(KeyboardInterrupt):
        registry.register(draft(), artifacts(1), [evaluation()])
    assert (stored(blobs), rows(registry), registry.revision()) == before


def test_garbage_is_what_nobody_names(registry: Registry, blobs: Path) -> None:
    first, second = registry.register(draft(), artifacts(1)), registry.register(draft(), artifacts(2))
    registry.register(draft(name="other"), {"branch": artifacts(1)["branch"]})
    stray = BlobStore(blobs).put(b"stray")
    registry.delete_version(first.reference)
    assert registry.collect_garbage() == stray.size + len(artifacts(1)["data/train"])
    assert registry.collect_garbage() == 0
    assert {role: registry.artifact_bytes(second, role) for role in second.artifacts} == artifacts(2)
    assert registry.artifact_bytes(registry.resolve("other"), "branch") == artifacts(1)["branch"]
    assert registry.trunk_folder("minilm").is_dir()
    assert stored(blobs) == rows(registry)[0]


def test_garbage_collected_in_mid_publish_is_stored_again(
    registry: Registry, blobs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worst moment: blobs are there, rows are not, and a collector comes by."""
    put, collected = BlobStore.put, []

    def put_then_lose(self: BlobStore, source: Path | bytes) -> Blob:
        blob = put(self, source)
        if len(collected) < 3:
            collected.append(registry.collect_garbage())
            assert not self.has(blob.digest)
        return blob

    monkeypatch.setattr(BlobStore, "put", put_then_lose)
    version = registry.register(draft(), artifacts(1))
    assert len(collected) == 3
    assert {role: registry.artifact_bytes(version, role) for role in version.artifacts} == artifacts(1)


def test_a_collector_that_never_stops_is_told(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BlobStore, "has", lambda self, digest: False)
    with pytest.raises(Conflict, match="try again"):
        registry.register(draft(), artifacts(1))


def test_a_failed_publish_spares_what_another_has_published(registry: Registry, blobs: Path) -> None:
    def insert(session: Session, digests: Mapping[str, str]) -> None:
        raise ValueError

    version = registry.register(draft(), artifacts(1))
    with pytest.raises(ValueError):  # noqa: PT011 - raised two lines above
        module.publish(registry._database, BlobStore(blobs), artifacts(1), insert)
    assert registry.artifact_bytes(version, "branch") == artifacts(1)["branch"]
