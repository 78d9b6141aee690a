"""Where translated files go: looked at before anything is translated, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from trunkline import Conflict, EnvironmentFault, InvalidInput


def destinations(files: Sequence[str], output: str | None, *, force: bool = False) -> list[Path | None]:
    """Give where the translation of each file goes, None for standard output.

    A folder, which is made where `output` ends with a slash, takes any number of files by their own names. Raises
    `InvalidInput` for several files and no folder, `Conflict` for a file that is there and is not to be overwritten,
    `EnvironmentFault` where nothing can be written.
    """
    if output is None:
        if len(files) > 1:
            raise InvalidInput(f"{len(files)} files: name a folder for them, --output FOLDER/")
        return [None]
    folder = Path(output)
    if not output.endswith("/") and not folder.is_dir():
        if len(files) > 1:
            raise InvalidInput(f"{len(files)} files, and {output} is no folder: end its name with / and it is made")
        places = [folder]
    else:
        places = _within(folder, files)
    for place in places:
        _check(place, force=force)
    return [*places]


def write(place: Path, text: str) -> None:
    """Write a file whole or not at all, line breaks as they are.

    Of a link, what it points to is written; what is no regular file, such as a pipe, is written to directly. Raises
    `EnvironmentFault`.
    """
    target = Path(os.path.realpath(place))
    aside = target.with_name(f".{uuid4().hex}.part")
    try:
        if place.exists() and not place.is_file():
            with place.open("w", encoding="utf-8", newline="") as file:
                file.write(text)
            return
        with aside.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
        if target.exists():
            shutil.copymode(target, aside)
        aside.replace(target)
    except OSError as error:
        raise _fault(place, error.strerror or str(error)) from error
    finally:
        aside.unlink(missing_ok=True)


def _within(folder: Path, files: Sequence[str]) -> list[Path]:
    """Give each file's place in a folder, which is made where it is absent."""
    if "-" in files:
        raise InvalidInput(f"standard input has no name to have in {folder}: give --output a file's name")
    names: dict[str, str] = {}
    for file in files:
        name = Path(file).name
        if name in names:
            raise InvalidInput(f"{names[name]} and {file} would both be {folder / name}: translate one elsewhere")
        names[name] = file
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _fault(folder, error.strerror or str(error)) from error
    return [folder / name for name in names]


def _check(place: Path, *, force: bool) -> None:
    if place.is_file() and not force:
        raise Conflict(f"{place} is there already: give another --output, or --force")
    if place.is_dir():
        raise _fault(place, os.strerror(errno.EISDIR))
    parent = Path(os.path.realpath(place)).parent
    if not parent.is_dir():
        raise _fault(place, os.strerror(errno.ENOTDIR if parent.exists() else errno.ENOENT))
    if not os.access(place if place.exists() and not place.is_file() else parent, os.W_OK):
        raise _fault(place, os.strerror(errno.EACCES))


def _fault(place: Path, reason: str) -> EnvironmentFault:
    return EnvironmentFault(f"{place} cannot be written: {reason}")
