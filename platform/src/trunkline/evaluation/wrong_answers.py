"""The list of examples that a version got wrong, as a file to read and to learn from."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from trunkline.contract.head_task import HeadTask
from trunkline.contract.task import TaskResponse
from trunkline.data.examples import Examples
from trunkline.data.read import Source
from trunkline.errors import EnvironmentFault, InvalidInput


def check_destination(path: Path, data: Source) -> None:
    """Raise `InvalidInput` unless a file of its own can be written to `path`: asked before the work, not after."""
    if path.is_dir() or not path.parent.is_dir():
        raise InvalidInput(f"--errors {path}: not a file in an existing folder; make the folder first")
    if path.is_symlink() or (path.exists() and not path.is_file()):  # a rename would put a file in a device's place
        raise InvalidInput(f"--errors {path}: not a plain file, and it would be replaced; name a new file")
    if isinstance(data, str | Path) and _is_part_of(path, Path(data)):
        raise InvalidInput(f"--errors {path}: it holds the data themselves, and would be replaced; name a new file")


def _is_part_of(path: Path, data: Path) -> bool:
    """Tell whether `path` is the file of the data, by whatever name, or a file in their folder."""
    if not (path.exists() and data.exists()):
        return False
    return path.samefile(data) or path.resolve().is_relative_to(data.resolve())


def write_wrong(
    path: Path, task: HeadTask[Any, Any, Any], examples: Examples, responses: Sequence[TaskResponse]
) -> int:
    """Write {place, example, response} of every wrong answer as JSON lines; returns how many.

    The file appears whole or not at all. Raises `EnvironmentFault` where the disk refuses.
    """
    lines = list(_lines(task, examples, responses))
    try:
        _write_whole(path, "".join(lines).encode())
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be written: {error.strerror or error}") from error
    return len(lines)


def _lines(task: HeadTask[Any, Any, Any], examples: Examples, responses: Sequence[TaskResponse]) -> Iterator[str]:
    for place, example, response in zip(examples.places, examples.items, responses, strict=True):
        if not task.correct(response, example):
            row = {
                "place": place,
                "example": example.model_dump(mode="json"),
                "response": response.model_dump(mode="json"),
            }
            yield json.dumps(row, ensure_ascii=False) + "\n"


def _write_whole(path: Path, data: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        aside = Path(file.name)
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            aside.chmod(0o644)
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
