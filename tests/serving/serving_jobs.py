"""Jobs as queue and planner see them, without a model."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from trunkline import EncoderInput
from trunkline.serving.job import Job


@dataclass(frozen=True)
class Wants:
    """A reader as the planner sees it."""

    key: str
    reads: tuple[int, ...]
    label: str = ""
    branch: None = None
    own_layers: int = 1


def job(text: str, lengths: list[int], reader=Wants("a", (1,)), seconds: float = 60.0, priority: int = 0) -> Job:
    windows = [SimpleWindow(length) for length in lengths]
    return Job(reader, Content(EncoderInput(text), lengths), windows, time.monotonic() + seconds, priority)


@dataclass(frozen=True)
class Content:
    """An encoded input as the planner sees it."""

    source: EncoderInput
    lengths: list[int]

    def __len__(self) -> int:
        return sum(self.lengths)


class SimpleWindow:
    def __init__(self, length: int) -> None:
        self.ids = self.type_ids = np.zeros(length, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.ids)
