"""Jobs and units as queue and planner see them, without a model."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from trunkline import EncoderInput
from trunkline.serving.job import Job
from trunkline.serving.unit import Audience, Unit


@dataclass(frozen=True)
class Wants:
    """A reader as the planner sees it."""

    key: str
    reads: tuple[int, ...]
    label: str = ""
    branch: None = None
    own_layers: int = 1


def job(places: int = 1, reader=Wants("a", (1,)), tokens: int = 3, **how) -> Job:
    """Ask one reader about so many inputs."""
    return Job(reader, [tokens] * places, **how)


def unit(text: str, lengths: list[int], *readers: Wants, seconds: float = 60.0, priority: int = 0) -> Unit:
    """Ask readers about one text, a job each."""
    tokens, deadline = sum(lengths), time.monotonic() + seconds
    jobs = [Job(reader, [tokens], deadline, priority) for reader in readers or [Wants("a", (1,))]]
    windows = [SimpleWindow(length) for length in lengths]
    return Unit(Audience(jobs, [range(1)] * len(jobs)), 0, Content(EncoderInput(text), lengths), windows, tokens)


def job_of(one: Unit) -> Job:
    """Give the only job of a unit."""
    [found] = one.audience.jobs
    return found


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
        self.sides = ()

    def __len__(self) -> int:
        return len(self.ids)
