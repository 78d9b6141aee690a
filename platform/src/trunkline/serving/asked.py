"""From the calls of one request to jobs, and to units: each distinct input once, with all who ask about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from trunkline.serving.job import Job
from trunkline.serving.reader import Reader
from trunkline.serving.terms import Terms
from trunkline.serving.unit import Audience, Unit
from trunkline.trunk.inputs import Encoded, EncoderInput
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.trunk.windows import Window, cut, only

Asked = tuple[Reader, Sequence[EncoderInput]]  # what one call asks of one reader
LISTS = 8  # of inputs with which a call's are compared as a whole: a request seldom has more that differ


@dataclass(frozen=True, slots=True, eq=False)
class _Content:
    """An input as it will run."""

    encoded: Encoded
    windows: Sequence[Window]
    tokens: int  # of all windows, special ones included


class _Group:
    """Calls that ask about the same inputs in the same order."""

    def __init__(self, inputs: Sequence[EncoderInput]) -> None:
        self.inputs = inputs
        self.calls: list[int] = []
        self.jobs: list[Job] = []
        self.places = {source: place for place, source in enumerate(dict.fromkeys(inputs))}
        self.asked = None if len(self.places) == len(inputs) else [self.places[source] for source in inputs]


def made(calls: Sequence[Asked], terms: Terms, tokenizer: Tokenizer) -> tuple[list[Job], list[Unit]]:
    """Tokenise what is asked; gives each call's job, and the units of all.

    Raises what a reader's `admit` raises of the inputs of its call, `InvalidInput` above all.
    """
    calls = [(reader, reader.as_read(inputs)) for reader, inputs in calls]
    groups = _grouped(calls)
    contents = _contents(groups, terms, tokenizer)
    jobs: dict[int, Job] = {}
    born = monotonic()
    for group in groups:
        admitted = [contents[source].encoded for source in group.inputs]
        tokens = [contents[source].tokens for source in group.places]
        for call in group.calls:
            reader, _ = calls[call]
            reader.admit(admitted)
            jobs[call] = Job(reader, tokens, terms.deadline, terms.priority, born, group.asked)
            group.jobs.append(jobs[call])
    return [jobs[call] for call in range(len(calls))], _units(groups, contents)


def read_by(inputs: Sequence[EncoderInput], terms: Terms, tokenizer: Tokenizer) -> list[NDArray[np.int64]]:
    """Give the ids that a trunk reads of each input. Raises `InvalidInput` for one that does not fit into a window."""
    encoded = tokenizer.encode(inputs)
    if terms.max_tokens is not None:
        encoded = [one.first(terms.max_tokens) for one in encoded]
    return [only(cut(one, tokenizer), len(one)).ids for one in encoded]


def _grouped(calls: Sequence[Asked]) -> list[_Group]:
    groups: list[_Group] = []
    for call, (_, inputs) in enumerate(calls):
        group = next((one for one in groups[:LISTS] if one.inputs == inputs), None)
        if group is None:
            groups.append(group := _Group(inputs))
        group.calls.append(call)
    return groups


def _contents(groups: Sequence[_Group], terms: Terms, tokenizer: Tokenizer) -> dict[EncoderInput, _Content]:
    distinct = list(dict.fromkeys(chain.from_iterable(group.places for group in groups)))
    read = tokenizer.encode(distinct)
    if terms.max_tokens is not None:
        read = [one.first(terms.max_tokens) for one in read]
    contents: dict[EncoderInput, _Content] = {}
    for source, encoded in zip(distinct, read, strict=True):
        windows = cut(encoded, tokenizer)
        contents[source] = _Content(encoded, windows, sum([len(window.ids) for window in windows]))
    return contents


def _units(groups: Sequence[_Group], contents: Mapping[EncoderInput, _Content]) -> list[Unit]:
    """Give a unit for each input, in order of arrival; those that the same groups ask about share an audience."""
    if len(groups) == 1:
        return _of_audience(groups, list(contents), contents)
    askers: dict[EncoderInput, list[int]] = {source: [] for source in contents}
    for number, group in enumerate(groups):
        for source in group.places:
            askers[source].append(number)
    alike: dict[tuple[int, ...], list[EncoderInput]] = {}
    for source, numbers in askers.items():
        alike.setdefault(tuple(numbers), []).append(source)
    return [
        unit
        for numbers, sources in alike.items()
        for unit in _of_audience([groups[number] for number in numbers], sources, contents)
    ]


def _of_audience(
    groups: Sequence[_Group], sources: Sequence[EncoderInput], contents: Mapping[EncoderInput, _Content]
) -> list[Unit]:
    if not sources:
        return []
    where = [[group.places[source] for source in sources] for group in groups]
    audience = Audience(
        [job for group in groups for job in group.jobs],
        [places for group, places in zip(groups, where, strict=True) for _ in group.jobs],
    )
    found = [contents[source] for source in sources]
    return [Unit(audience, number, one.encoded, one.windows, one.tokens) for number, one in enumerate(found)]
