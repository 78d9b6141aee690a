"""An output file that grows row by row and survives a kill: one line a row, torn lines cut off, renamed when whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any, Self

from trunkline.errors import Conflict, CorruptArtifact
from trunkline.store.blobs import sync_folder
from trunkline.store.faults import OF_OUTPUT, disk_faults
from trunkline.store.locks import lock_if_possible

ANEW = "repeat the command that began it, allow --overwrite to begin anew, or remove it and its .json"
SHOWN = 60  # characters of a value that a message repeats


class Journal:
    """The lines written so far, in `<output>.part`; `<output>.part.json` says what they are of.

    One process at a time holds the part; it is locked until the journal is closed or the process ends.
    """

    def __init__(self, output: Path, about: Mapping[str, Any], *, anew: bool = False, remedy: str = ANEW) -> None:
        """Start, or go on where an equal run was killed.

        Where the part is another run's, `anew` begins over it, as a part without lines always does. Raises `Conflict`
        otherwise, and where another process holds the part or nobody knows whose it is; `CorruptArtifact` where the
        note that says so is damaged.
        """
        self._output, self._remedy = output, remedy
        self.last = b""  # of the lines that an earlier run wrote
        self._part, self._note = _part(output), _note(output)
        with disk_faults(output.parent, OF_OUTPUT):
            self._file = self._held()
            try:
                self.lines = self._begun(about, anew)
            except BaseException:
                self._file.close()
                raise

    def append(self, lines: Iterable[str]) -> None:
        """Write lines and make them durable. Raises `EnvironmentFault` where the disk is full."""
        left = memoryview("".join(f"{line}\n" for line in lines).encode())
        with disk_faults(self._output.parent, OF_OUTPUT):
            while left:  # unbuffered: what a full disk did not take is not tried again while closing
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())

    def finish(self) -> None:
        """Give the file its name; it is held until it has it."""
        with disk_faults(self._output.parent, OF_OUTPUT):
            self._part.replace(self._output)
            self._note.unlink(missing_ok=True)
            sync_folder(self._output.parent)
        self._file.close()

    def close(self) -> None:
        """Let go of the part; one without a line is removed, for it holds nothing to go on from."""
        if self._file.closed:
            return
        with disk_faults(self._output.parent, OF_OUTPUT):
            if not os.fstat(self._file.fileno()).st_size:
                self._note.unlink(missing_ok=True)
                self._part.unlink(missing_ok=True)
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _held(self) -> FileIO:
        """Open the part and lock it. Raises `Conflict` where another process has it."""
        while True:
            file = self._part.open("ab", buffering=0)
            if not lock_if_possible(file):
                file.close()
                raise Conflict(
                    f"another process is writing {self._part}: wait until it has ended, or name another output"
                )
            with suppress(FileNotFoundError):
                if os.path.samestat(self._part.stat(), os.fstat(file.fileno())):
                    return file
            file.close()  # whoever had it gave it its name, or removed it, before it was locked here

    def _begun(self, about: Mapping[str, Any], anew: bool) -> int:
        """Count the lines to go on from, and note what they are of."""
        if os.fstat(self._file.fileno()).st_size and not self._note.is_file():
            raise Conflict(
                f"{self._part} is there, and no {self._note.name} says of what it is: remove it if nobody needs it, or "
                "name another output"
            )
        lines = self._whole_lines()
        if lines and not (anew and _is_other(self._output, about)):
            self._check(about)
            return lines
        self._file.truncate(0)
        self.last = b""
        self._write_note(about)
        return 0

    def _check(self, about: Mapping[str, Any]) -> None:
        """Raise `Conflict` where the part is not of what `about` says."""
        before = noted(self._output) or {}
        other = [name for name in {**about, **before} if about.get(name) != before.get(name)]
        if other:
            told = "; ".join(_differing(name, before.get(name), about.get(name)) for name in other)
            raise Conflict(f"{self._part} was begun by another run, and differs in {told}: {self._remedy}")

    def _write_note(self, about: Mapping[str, Any]) -> None:
        aside = self._note.with_suffix(".tmp")
        with aside.open("w", encoding="utf-8") as file:
            json.dump(about, file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._note)
        sync_folder(self._note.parent)

    def _whole_lines(self) -> int:
        """Count the lines that were written whole, and cut off what a kill left of one more."""
        count = end = 0
        with self._part.open("rb+") as file:
            for line in file:
                if line.endswith(b"\n"):
                    count, end, self.last = count + 1, end + len(line), line
            file.truncate(end)
        return count


def noted(output: Path) -> dict[str, Any] | None:
    """Give what an unfinished file that is to become `output` is of, if there is one.

    Raises `CorruptArtifact` where its note cannot be read.
    """
    note = _note(output)
    if not note.is_file():
        return None
    try:
        found = json.loads(note.read_bytes())
        if not isinstance(found, dict):
            raise ValueError(f"a JSON object is expected, this is {type(found).__name__}")
    except (ValueError, RecursionError) as error:
        raise CorruptArtifact(
            f"{note} does not say of what {_part(output).name} is ({error}): remove both and begin anew"
        ) from None
    return found


def _is_other(output: Path, about: Mapping[str, Any]) -> bool:
    """Tell whether the part is of something else than `about`, as far as anybody can read."""
    try:
        return noted(output) != about
    except CorruptArtifact:
        return True


def _differing(name: str, before: object, now: object) -> str:
    """Write what differs, with both values where they are short."""
    was, is_ = repr(before), repr(now)
    return f"{name} ({was} there, {is_} here)" if len(was) + len(is_) <= SHOWN else name


def _part(output: Path) -> Path:
    return output.with_name(output.name + ".part")


def _note(output: Path) -> Path:
    return output.with_name(output.name + ".part.json")
