"""What the head should have said: labelled spans as tags of tokens."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trunkline import IGNORE
from trunkline_ner import schemes
from trunkline_ner.models import LabelledSpan
from trunkline_ner.units import Units


def tag_targets(
    entities: Sequence[LabelledSpan], words: Units, length: int, tags: Sequence[str], scheme: schemes.Scheme
) -> NDArray[np.int64]:
    """Give (length,) indices into `tags` at the tokens that open a unit, `IGNORE` at all others.

    A tag that the head cannot say (a label that only the dev data has) is `IGNORE` as well.
    """
    numbers = {tag: index for index, tag in enumerate(tags)}
    written = schemes.tags(covered(entities, words), len(words), scheme)
    found = np.full(length, IGNORE, dtype=np.int64)
    found[words.tokens] = [numbers.get(tag, IGNORE) for tag in written]
    return found


def covered(entities: Sequence[LabelledSpan], words: Units) -> list[schemes.Span]:
    """Give each entity's units: all that it overlaps, were it by one character.

    A unit that two entities share belongs to the one that covers more of it, the first of equals.
    `entities` are in order and do not overlap; so are the spans.
    """
    spans: list[schemes.Span] = []
    last = 0  # how much of the unit before `stop` the entity before covers
    for entity in entities:
        first = int(np.searchsorted(words.ends, entity.start, side="right"))
        stop = int(np.searchsorted(words.starts, entity.end, side="left"))
        if first >= stop:
            continue
        if spans and spans[-1][1] > first:  # the unit is shared
            if last >= _overlap(entity, words, first):
                first += 1
            else:
                _give_up_last(spans)
        if first < stop:
            spans.append((first, stop, entity.label))
            last = _overlap(entity, words, stop - 1)
    return spans


def _overlap(entity: LabelledSpan, words: Units, unit: int) -> int:
    """Give how many code points of a unit an entity covers."""
    return int(min(entity.end, words.ends[unit]) - max(entity.start, words.starts[unit]))


def _give_up_last(spans: list[schemes.Span]) -> None:
    first, stop, label = spans.pop()
    if first < stop - 1:
        spans.append((first, stop - 1, label))
