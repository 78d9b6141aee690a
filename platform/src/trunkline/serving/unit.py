"""What waits and is planned: one input of a request, and all jobs of that request that ask about it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from trunkline.serving.job import Job, Urgency
from trunkline.trunk.inputs import Encoded, EncoderInput
from trunkline.trunk.windows import Window

Input = tuple[EncoderInput, int]  # a text or pair, and how many of its tokens are read


class Audience:
    """Jobs of one request that ask about the same inputs; the units of those inputs share it."""

    def __init__(self, jobs: Sequence[Job], places: Sequence[Sequence[int]]) -> None:
        """Take one job at least, and for each where it has the inputs, by the number of their units."""
        self.jobs = jobs
        self.urgency: Urgency = min(job.urgency for job in jobs)
        self._of_reader: dict[Hashable, list[tuple[Job, Sequence[int]]]] = {}
        for job, of_job in zip(jobs, places, strict=True):
            self._of_reader.setdefault(job.reader.key, []).append((job, of_job))
        self._copied = [
            (job, of_job) for job, of_job in zip(jobs, places, strict=True) if job.asked is not None
        ]  # fmt: skip

    def wanted(self) -> list[Job]:
        """Give the jobs that somebody waits for."""
        return [job for job in self.jobs if job.wanted()]

    def of(self, reader: Hashable) -> Sequence[tuple[Job, Sequence[int]]]:
        """Give a reader's jobs, by its key, each with its places."""
        return self._of_reader.get(reader, ())

    def asks(self, number: int) -> int:
        """Tell how often the request asks about an input."""
        return len(self.jobs) + sum(job.copies(places[number]) - 1 for job, places in self._copied)


@dataclass(slots=True, eq=False)
class Unit:
    """One input, to be computed once for all who ask."""

    audience: Audience
    number: int  # among the units of its audience
    encoded: Encoded
    windows: Sequence[Window]
    tokens: int  # of all windows, special ones included

    @property
    def input(self) -> Input:
        """What is computed: units of equal inputs share their rows."""
        return self.encoded.source, len(self.encoded)

    @property
    def urgency(self) -> Urgency:
        return self.audience.urgency


def jobs_of(units: Sequence[Unit]) -> list[Job]:
    """Give all jobs of some units, each once: one whose inputs others ask about in part stands in several audiences."""
    audiences = {id(unit.audience): unit.audience for unit in units}.values()
    return list({id(job): job for audience in audiences for job in audience.jobs}.values())
