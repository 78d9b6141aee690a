"""The registry: a thin door, one verb for each act; no session and no database error leaves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from trunkline.errors import NotFound
from trunkline.names import Reference, check_alias
from trunkline.records import (
    Evaluation,
    EvaluationDraft,
    Event,
    ModelInfo,
    RunState,
    TrainingRun,
    TrunkInfo,
    Version,
    VersionDraft,
)  # fmt: skip
from trunkline.settings import Settings
from trunkline.store import aliases, checks, evaluations, events, lookup, pieces, publish, runs, trunks, versions
from trunkline.store.aliases import UNSET, Unset
from trunkline.store.blobs import BlobStore
from trunkline.store.database import Database
from trunkline.store.migrate import migrate
from trunkline.store.trunk_folder import materialise


class Registry:
    """Trunks, versions, aliases, evaluations, runs and events over one database and one folder of blobs.

    Safe to use from many threads and processes at once. Every verb may raise `EnvironmentFault` (disk full,
    database out of reach) beside what its docstring names; what returned has been made durable.
    """

    def __init__(self, url: str, blobs: Path, cache: Path | None = None) -> None:
        """Open the database at `url` and upgrade its schema; `cache` (default: beside `blobs`) may be lost."""
        self._blobs = BlobStore(blobs)
        self._cache = cache or blobs.parent / "cache"
        self._database = Database(url)
        self._blobs.prepare()
        migrate(self._database)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        return cls(settings.database_url, settings.blobs, settings.cache)

    def close(self) -> None:
        """Give the database's connections back."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # Trunks

    def add_trunk(self, info: TrunkInfo, folder: Path) -> TrunkInfo:
        """Store a trunk's folder; one with this id that is there already stays, and is returned.

        Raises `InvalidInput` where the folder holds anything but JSON and safetensors.
        """
        checks.check_trunk(info)
        files = trunks.sources(folder)
        return publish.publish(self._database, self._blobs, files, lambda session, digests: trunks.insert(
            session, info, digests))  # fmt: skip

    def trunk(self, wanted: str) -> TrunkInfo:
        """Find by id, name or the beginning of an id. Raises `NotFound` with near names."""
        with self._database.read() as session:
            return trunks.find(session, wanted)

    def trunks(self) -> list[TrunkInfo]:
        """List trunks, newest first."""
        with self._database.read() as session:
            return trunks.listing(session)

    def trunk_folder(self, wanted: str) -> Path:
        """Return a folder of the trunk's verified files, made if need be. Raises `CorruptArtifact`."""
        with self._database.read() as session:
            trunk_id = trunks.find(session, wanted).id
            files = trunks.files(session, trunk_id)
        return materialise(self._blobs, files, self._cache / "trunks" / trunk_id)

    # Versions

    def register(
        self,
        draft: VersionDraft,
        artifacts: Mapping[str, Path | bytes],
        evaluations: Sequence[EvaluationDraft] = (),
    ) -> Version:
        """Publish a version under its model's next number: all of it, or nothing.

        Raises `InvalidInput` for a draft that cannot be stored, `NotFound` for an unknown trunk, `Conflict`
        where another task has the name.
        """
        checks.check_draft(draft)
        for role in artifacts:
            checks.check_role(role)
        for evaluation in evaluations:
            checks.check_evaluation(evaluation)
        return publish.publish(self._database, self._blobs, artifacts, lambda session, digests: versions.insert(
            session, draft, digests, evaluations))  # fmt: skip

    def resolve(self, reference: str | Reference, task: str | None = None) -> Version:
        """Find the version that is meant. Raises `NotFound` with near names; deleted ones are not found."""
        wanted = lookup.parse(reference, task)
        with self._database.read() as session:
            return versions.record(lookup.version_row(session, wanted))

    def versions(self, task: str | None = None, name: str | None = None) -> list[Version]:
        """List live versions, newest first."""
        with self._database.read() as session:
            return versions.listing(session, task, name)

    def models(self) -> list[ModelInfo]:
        """List the models that have a version, by task and name."""
        with self._database.read() as session:
            return versions.models(session)

    def delete_version(self, reference: str | Reference) -> None:
        """Delete a version; its number is never used again, its blobs go with `collect_garbage`.

        Raises `Conflict` while an alias points at it.
        """
        wanted = lookup.parse(reference)
        with self._database.write() as session:
            versions.delete(session, wanted)

    # Aliases

    def set_alias(
        self, reference: str | Reference, alias: str, expected: int | Unset | None = UNSET
    ) -> Version:  # fmt: skip
        """Point `alias` at a version of its model, if it points at `expected` now (None: nowhere).

        Without `expected` it is moved wherever it was. Raises `Conflict` where it is elsewhere.
        """
        wanted = lookup.parse(reference)
        check_alias(alias)
        with self._database.write() as session:
            return aliases.move(session, wanted, alias, expected)

    def remove_alias(self, reference: str | Reference, alias: str) -> None:
        """Remove an alias of the model that `reference` names. Raises `NotFound`."""
        wanted = lookup.parse(reference)
        with self._database.write() as session:
            aliases.remove(session, wanted, alias)

    def aliases(self) -> dict[tuple[str, str, str], int]:
        """Map (task, model name, alias) to version number."""
        with self._database.read() as session:
            return aliases.listing(session)

    # Artifacts

    def artifact(self, version: Version, role: str) -> Path:
        """Return the path of a version's artifact, hashed now. Raises `NotFound`, `CorruptArtifact`."""
        return self._blobs.verified(_digest(version, role))

    def artifact_bytes(self, version: Version, role: str) -> bytes:
        """Return a version's artifact, hashed now. Raises `NotFound`, `CorruptArtifact`."""
        return self._blobs.read(_digest(version, role))

    def collect_garbage(self) -> int:
        """Remove the blobs of deleted versions and of publishes that never ended; returns bytes freed."""
        return publish.collect_garbage(self._database, self._blobs)

    # Compiled pieces

    def version_piece(self, version: Version, kind: str) -> dict[str, Path]:
        """Map the file names of a version's piece ("openvino/int8") to paths, hashed now; empty where it has none.

        Raises `NotFound` where the version was deleted, `CorruptArtifact`.
        """
        with self._database.read() as session:
            found = pieces.of_version(session, lookup.parse(version.reference))
        return self._paths(pieces.under(kind, found), pieces.remedy(kind, version.reference))

    def trunk_piece(self, trunk_id: str, kind: str) -> dict[str, Path]:
        """Map the file names of a trunk's piece to paths, hashed now; empty where it has none.

        Raises `CorruptArtifact`.
        """
        return self._paths(pieces.under(kind, self.trunk_pieces(trunk_id)), pieces.remedy(kind))

    def trunk_pieces(self, trunk_id: str) -> dict[str, str]:
        """Map the roles of all that was compiled of a trunk to SHA-256."""
        with self._database.read() as session:
            return pieces.of_trunk(session, trunk_id)

    def record_compiled(
        self,
        reference: str | Reference,
        draft: EvaluationDraft,
        branch: Mapping[str, Path],
        stem: Mapping[str, Path],
        stem_before: Mapping[str, str],
    ) -> Evaluation:
        """Publish what was compiled of a version and of its trunk, by role, with its measurement: all, or nothing.

        Raises `Conflict` where a role of `stem` is no longer as in `stem_before`, which `trunk_pieces` gave when the
        work began.
        """
        wanted = lookup.parse(reference)
        checks.check_evaluation(draft)
        files = {f"{pieces.BRANCH}/{checks.check_role(role)}": path for role, path in branch.items()}
        files |= {f"{pieces.STEM}/{checks.check_role(role)}": path for role, path in stem.items()}
        return publish.publish(self._database, self._blobs, files, lambda session, digests: pieces.insert(
            session, wanted, draft, digests, stem_before))  # fmt: skip

    def _paths(self, digests: Mapping[str, str], remedy: str) -> dict[str, Path]:
        return {name: self._blobs.verified(digest, remedy) for name, digest in digests.items()}

    # Evaluations

    def record_evaluation(self, reference: str | Reference, draft: EvaluationDraft) -> Evaluation:
        """Record a measurement of a version. Raises `InvalidInput` for a figure that is not finite."""
        wanted = lookup.parse(reference)
        checks.check_evaluation(draft)
        with self._database.write() as session:
            return evaluations.insert(session, lookup.version_row(session, wanted), draft)

    def evaluations(self, reference: str | Reference) -> list[Evaluation]:
        """List a version's measurements, newest first."""
        wanted = lookup.parse(reference)
        with self._database.read() as session:
            return evaluations.listing(session, wanted)

    def latest_evaluation(self, reference: str | Reference, split: str | None = None) -> Evaluation | None:
        """Return a version's newest measurement (on `split`), if it has one."""
        wanted = lookup.parse(reference)
        with self._database.read() as session:
            return next(iter(evaluations.listing(session, wanted, split, limit=1)), None)

    # Training runs and events

    def start_run(self, task: str, name: str, settings: dict[str, Any]) -> int:
        """Open a training run; returns its id."""
        with self._database.write() as session:
            return runs.start(session, task, name, settings)

    def finish_run(
        self, run: int, state: RunState, error: str | None = None, version_number: int | None = None
    ) -> None:
        """Close a training run: "succeeded", "failed" or "stopped". Raises `Conflict` if it is closed."""
        with self._database.write() as session:
            runs.finish(session, run, state, error, version_number)

    def runs(self) -> list[TrainingRun]:
        """List training runs, newest first."""
        with self._database.read() as session:
            return runs.listing(session)

    def events(self, after: int = 0, subject: str | None = None) -> list[Event]:
        """List events with an id above `after`, oldest first; `subject` is a version, an alias or a model."""
        with self._database.read() as session:
            return events.listing(session, after, subject)

    def revision(self) -> int:
        """Return the newest event's id: it grows with every change, and costs next to nothing to read."""
        with self._database.read() as session:
            return events.newest(session)


def _digest(version: Version, role: str) -> str:
    if role not in version.artifacts:
        raise NotFound.named(f"artifact of {version.reference}", role, version.artifacts)
    return version.artifacts[role]
