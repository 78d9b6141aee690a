"""The story of an estimate: a log is read once, counted, weighed with this machine's speed and the files' sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from trunkline.errors import InvalidInput
from trunkline.estimate.log import Line, Lines, Sizes
from trunkline.estimate.meaning import Meanings
from trunkline.estimate.memory import Memory
from trunkline.estimate.sharing import Cores, Layers, layers
from trunkline.estimate.traffic import Tally, Traffic
from trunkline.prediction.source import SourceRow

WITHIN = 1.0  # seconds: what meets in one pass, where a log has times
SHORTEST = 1.0  # seconds from the first request to the last: a rate of less would be chance
SAMPLED = 1000  # lines that tell how long texts are
USUAL = 32.0  # tokens of a text of which nothing at all is known

Count = Callable[[Sequence[str]], Sequence[int]]  # tokens of texts, special ones included


@dataclass(frozen=True, slots=True)
class Estimate:
    """All that a log tells."""

    traffic: Traffic
    layers: Layers
    sizes: Sizes
    rate: float | None  # requests per second
    within: float | None = None  # seconds in which requests of one text shared a pass; None: the log has no times
    memory: Memory | None = None
    seconds: dict[str, float] | None = None  # processor time of a layer and token, by trunk id
    cores: Cores | None = None


def count_log(
    rows: Iterable[SourceRow],
    meanings: Meanings,
    count: Count,
    *,
    within: float = WITHIN,
    rate: float | None = None,
) -> Estimate:
    """Read a log and count what it would take; `count` is asked about some of its texts only.

    Raises `DataError` that names the lines which cannot be used, `InvalidInput` for a log without any.
    """
    shapes = meanings.all_met()
    lines = Lines(meanings.number).read(rows)
    first = list(islice(lines, SAMPLED))
    sizes = sizes_of(first, count)
    tally = Tally(shapes, within)
    for line in chain(first, lines):
        tally.add(sizes.request(line))
    traffic = tally.traffic()
    if not traffic.requests:
        raise InvalidInput("the log has no requests: give one a line")
    seen = traffic.requests / traffic.seconds if traffic.seconds is not None and traffic.seconds >= SHORTEST else None
    timed = None if traffic.seconds is None else within
    return Estimate(traffic, layers(traffic), sizes, rate or seen, timed)


def sizes_of(lines: Sequence[Line], count: Count) -> Sizes:
    """Learn from some lines how many tokens texts have: so many around each, and so many a character."""
    special = count([""])[0]
    texts = [line.text for line in lines if line.text is not None and line.tokens is None]
    characters = sum(map(len, texts))
    per_character = (sum(count(texts)) - special * len(texts)) / characters if characters else 0.25
    known = [float(line.tokens) for line in lines if line.tokens is not None]
    known += [special + per_character * len(text) for text in texts]
    return Sizes(per_character, special, sum(known) / len(known) if known else USUAL)
