"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from trunkline.store.blobs import sync_folder
from trunkline.store.faults import disk_faults


@contextmanager
def room_for(folder: Path) -> Iterator[None]:
    """Translate what writing under `folder` raises, safetensors' own errors too, into `EnvironmentFault`."""
    with disk_faults(folder):
        try:
            yield
        except SafetensorError as error:
            code = re.search(r"os error (\d+)", str(error))
            if code is None:
                raise
            raise OSError(int(code[1]), os.strerror(int(code[1]))) from error


def write_whole(place: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file or folder aside, and move it to `place` when it is durable."""
    aside = place.with_name(f"{place.name}.partial")
    write(aside)
    publish(aside, place)


def publish(aside: Path, place: Path) -> None:
    """Move a finished file or folder to its place, so that a crash leaves the old state or the new."""
    for path in sorted(aside.iterdir()) if aside.is_dir() else [aside]:
        _sync(path)
    if aside.is_dir():
        sync_folder(aside)
    aside.replace(place)
    sync_folder(place.parent)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
