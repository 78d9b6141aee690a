"""The row of one training run: how it ended, even where its process could not say so itself."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from trunkline.errors import Conflict, NotFound
from trunkline.records import Version
from trunkline.store.locks import lock
from trunkline.store.registry import Registry
from trunkline.tuning.config import TuneConfig


@dataclass(slots=True, eq=False)
class Attempt:
    """A run that is under way; it puts here what it made."""

    scratch: Path  # a folder that goes with the run, however it ends
    version: Version | None = None


@contextmanager
def recorded(registry: Registry, config: TuneConfig, cache: Path) -> Iterator[Attempt]:
    """Keep a training run's row: running, then succeeded, failed, or stopped by Ctrl-C.

    A process that is killed says nothing; the next run finds its file under `cache` unlocked and closes its row.
    """
    folder = cache / "attempts"
    folder.mkdir(parents=True, exist_ok=True)
    _close_those_of_killed_processes(registry, folder)
    run = registry.start_run(config.task, config.name, config.model_dump(mode="json"))
    attempt = Attempt(folder / str(run))
    with _held(folder / f"{run}.lock"):
        try:
            attempt.scratch.mkdir()
            yield attempt
        except KeyboardInterrupt:
            registry.finish_run(run, "stopped", error="interrupted")
            raise
        except BaseException as error:
            registry.finish_run(run, "failed", error=str(error) or type(error).__name__)
            raise
        finally:
            shutil.rmtree(attempt.scratch, ignore_errors=True)
        assert attempt.version is not None
        registry.finish_run(run, "succeeded", version_number=attempt.version.number)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Keep a locked file at `path`; it is locked before it gets that name, so that nobody finds it unlocked."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        lock(file)
        os.replace(file.name, path)  # noqa: PTH105 - `file.name` is a string
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _close_those_of_killed_processes(registry: Registry, folder: Path) -> None:
    for path in folder.glob("*.lock"):
        with suppress(FileNotFoundError), path.open("rb") as file:
            if lock(file):
                with suppress(Conflict, NotFound):
                    registry.finish_run(int(path.stem), "stopped", error="its process ended")
                shutil.rmtree(path.with_suffix(""), ignore_errors=True)
                path.unlink(missing_ok=True)
