"""What a version reads of passages, computed once and kept in a folder: the durable tier of the states in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from trunkline.records import Version
from trunkline.serving.kept_states import KeptStates, Origin, check_room
from trunkline.serving.lane import Lane
from trunkline.serving.reader import SidesReader
from trunkline.trunk.inputs import EncoderInput, joined
from trunkline.trunk.windows import Window, cut

PART = 64
"""Texts whose states are written together: a crash costs no more than these."""
Compute = Callable[[SidesReader, Sequence[EncoderInput]], Sequence[Any]]


class KeptSides:
    """A `Keeping`: the second texts of a version's pairs, cut as the version cuts them, and their states."""

    def __init__(self, version: Version, lane: Lane, engine: str, folder: Path, compute: Compute) -> None:
        """`compute` asks a reader about inputs; `engine` names backend and precision, on which states depend."""
        self.trunk = version.trunk_id
        self.layer = version.branch.joined_at
        self.closed = False
        self._lane = lane
        self._compute = compute
        stored = "float32" if engine.endswith("fp32") else "float16"
        self._states = KeptStates(folder, Origin(self.trunk, engine, self.layer, lane.info.width, stored))
        lane.attach(self._states)

    @property
    def folder(self) -> Path:
        return self._states.folder

    @property
    def size(self) -> int:
        return self._states.size

    def refresh(self) -> None:
        """Take in what other processes kept since."""
        self._states.refresh()

    def needed(self, texts: Sequence[str]) -> int:
        missing = {window.ids.tobytes(): len(window) for text in texts for window in self._missing(text)}
        return self._states.origin.bytes_of(sum(missing.values()))

    def missing(self, texts: Sequence[str]) -> list[str]:
        return [text for text in dict.fromkeys(texts) if self._missing(text)]

    async def keep(self, texts: Sequence[str]) -> None:
        missing = await asyncio.to_thread(self.missing, texts)
        size = await asyncio.to_thread(self.needed, missing)
        self._states.prepare()
        check_room(self._states.folder, size)
        reader = SidesReader(self.layer)
        for start in range(0, len(missing), PART):
            inputs = [EncoderInput("", text) for text in missing[start : start + PART]]
            found = await asyncio.to_thread(self._compute, reader, inputs)
            await asyncio.to_thread(self._states.put, [one for windows in found for one in windows])

    def keep_only(self, texts: Sequence[str]) -> None:
        self._states.verify()  # here alone: it reads everything that is kept
        self._states.keep_only(window for text in texts for window in self._windows(text))

    def close(self) -> None:
        """Use them no more; the next who asks for them opens them anew."""
        self._lane.detach(self._states)
        self.closed = True

    def _missing(self, text: str) -> list[Window]:
        return [window for window in self._windows(text) if not self._states.has(window)]

    def _windows(self, text: str) -> list[Window]:
        """Cut a text as the second of a pair: what stands first makes no difference."""
        tokenizer = self._lane.tokenizer
        [encoded] = tokenizer.encode(joined([EncoderInput("", text)], self.layer))
        return [window.sides[1] for window in cut(encoded, tokenizer)]
