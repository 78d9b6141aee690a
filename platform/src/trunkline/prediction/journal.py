"""An output file that grows row by row and survives a kill: one line a row, torn lines cut off, renamed when whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from trunkline.errors import Conflict
from trunkline.store.faults import disk_faults


class Journal:
    """The lines written so far, in `<output>.part`; `<output>.part.json` says what they are of."""

    def __init__(self, output: Path, about: Mapping[str, Any]) -> None:
        """Start, or go on where an equal run was killed. Raises `Conflict` where the part is another run's."""
        self._output = output
        self._part, self._note = _part(output), _note(output)
        with disk_faults(output.parent):
            if not self._note.is_file():
                self._part.unlink(missing_ok=True)
                aside = self._note.with_suffix(".tmp")
                aside.write_text(json.dumps(about), encoding="utf-8")
                aside.replace(self._note)
            elif noted(output) != about:
                raise Conflict(
                    f"{self._part} is of another input, other models or other options: finish that run first, or "
                    "remove it and its .json"
                )
            self.lines = self._whole_lines()
            self._file = self._part.open("ab")

    def append(self, lines: Iterable[str]) -> None:
        """Write lines and make them durable. Raises `EnvironmentFault` where the disk is full."""
        data = "".join(f"{line}\n" for line in lines).encode()
        with disk_faults(self._output.parent):
            self._file.write(data)
            self._file.flush()
            os.fsync(self._file.fileno())

    def finish(self) -> None:
        """Give the file its name."""
        self._file.close()
        with disk_faults(self._output.parent):
            self._part.replace(self._output)
            self._note.unlink()

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _whole_lines(self) -> int:
        """Count the lines that were written whole, and cut off what a kill left of one more."""
        if not self._part.is_file():
            return 0
        count = end = 0
        with self._part.open("rb+") as file:
            for line in file:
                if line.endswith(b"\n"):
                    count, end = count + 1, end + len(line)
            file.truncate(end)
        return count


def noted(output: Path) -> dict[str, Any] | None:
    """Give what an unfinished file that is to become `output` is of, if there is one."""
    note = _note(output)
    return json.loads(note.read_text(encoding="utf-8")) if note.is_file() else None


def _part(output: Path) -> Path:
    return output.with_name(output.name + ".part")


def _note(output: Path) -> Path:
    return output.with_name(output.name + ".part.json")
