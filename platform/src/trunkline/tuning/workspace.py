"""The folder of an unfinished run: its states, checkpoints and trials, found again by what was asked for."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from trunkline.errors import Conflict, InvalidInput
from trunkline.progress import Progress
from trunkline.settings import Settings
from trunkline.store.locks import lock as lock_file
from trunkline.tuning.durable import write_whole

KEY, DONE = "key", ".done"
STALE_DAYS = 7
"""Days after which nobody will go on with an unfinished run."""


def fingerprint(facts: Mapping[str, Any]) -> str:
    """Name a run by everything that its outcome depends on."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


@contextmanager
def opened(settings: Settings, facts: Mapping[str, Any], resume: bool, progress: Progress) -> Iterator[Path]:
    """Give the folder of the run that `facts` name: it goes when the run succeeds, and where its input is at fault.

    Otherwise it stays, for the same command to go on with. Its lock file stays in any case: two processes that hold
    a lock must hold it on the same file.

    Raises `Conflict` while another process works on the same run.
    """
    root = settings.cache / "runs"
    root.mkdir(parents=True, exist_ok=True)
    _remove_stale(root)
    folder = root / fingerprint(facts)[:32]
    with (root / f"{folder.name}.lock").open("w") as lock:
        if not lock_file(lock):
            raise Conflict(f"this very run is under way in another process: wait for it, or change the seed ({folder})")
        if folder.exists() and not resume:
            shutil.rmtree(folder)
        elif folder.exists():
            progress.say("an unfinished run of the same configuration is there: going on with it")
        folder.mkdir(exist_ok=True)
        if not (folder / KEY).is_file():
            write_whole(folder / KEY, lambda path: path.write_text(secrets.token_hex(8)))
        try:
            yield folder
        except InvalidInput:  # a repeat would fail as this did
            _remove(folder)
            raise
        _remove(folder)


def key_of(folder: Path) -> str:
    """Give what names this run among those of the same configuration: a version bears it."""
    return (folder / KEY).read_text()


def _remove(folder: Path) -> None:
    """Remove a folder so that a kill on the way leaves nothing to go on with."""
    done = folder.rename(folder.with_suffix(DONE))
    shutil.rmtree(done, ignore_errors=True)


def _remove_stale(root: Path) -> None:
    for done in root.glob(f"*{DONE}"):
        shutil.rmtree(done, ignore_errors=True)
    horizon = time.time() - STALE_DAYS * 86_400
    for lock in root.glob("*.lock"):
        with suppress(FileNotFoundError):  # another process removes it too
            if lock.stat().st_mtime < horizon:
                with lock.open("r+") as held:
                    if lock_file(held):
                        shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
                        lock.unlink(missing_ok=True)
