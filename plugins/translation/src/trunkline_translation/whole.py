"""Sentences that an engine's own model of encoder and decoder translates."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkline import HeadConfig, WholeModel, WholeOrder, WholeSearch
from trunkline_translation.search import Prompt
from trunkline_translation.vocabulary import Vocabulary
from trunkline_translation.writing import ROWS, Wish, Wording, Written, written_of

PATIENCE = 8
"""Steps after which a sentence is written with whichever are as long, however many shorter ones came meanwhile."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    order: WholeOrder
    since: int  # the step before which it came


_Line = dict[Hashable, _Waiting]  # in order of arrival


class WholeWriting:
    """The platform's `WholeGeneration`.

    A step writes one batch of sentences that are about as long: of those that wait the shortest, which are soonest
    done, so that a newcomer's sentence need not stand behind a book; nobody waits for ever.
    """

    def __init__(self, model: WholeModel, config: HeadConfig, vocabulary: Vocabulary) -> None:
        self._model = model
        self._wording = Wording(config, vocabulary)
        self._vocabulary = vocabulary
        self._positions: int | None = config["decoder"].get("max_positions")  # even where a formula would go on
        self._lines: dict[WholeSearch, _Line] = {}  # by how they are looked for
        self._steps = 0

    @property
    def active(self) -> int:
        return sum(map(len, self._lines.values()))

    def follows(self, prompt: Any) -> bool:
        """Tell whether a `Wish` forces no phrase, and draws nothing: draws would depend on who shares the batch."""
        wish: Wish = prompt
        return not wish.phrases and wish.sampling is None

    def add(self, key: Hashable, memory: NDArray[Any], prompt: Any) -> None:
        """Take a sentence in; `memory` is the ids of its tokens. Raises `InvalidInput` as `Writing` does."""
        told = self._wording.prompt(prompt, len(memory))
        longest = told.max_length - len(told.start)
        longest = longest if self._positions is None else min(longest, self._positions)
        order = WholeOrder(memory.astype(np.int64), told.prefix, longest)
        self._lines.setdefault(_search(told, longest), {})[key] = _Waiting(order, self._steps)

    def step(self) -> Sequence[tuple[Hashable, Any]]:
        """Write a batch of those that are looked for alike; each way of looking has its turn."""
        if not self._lines:  # the only one was refused, or nobody waits for it any more
            return ()
        search, line = next(iter(self._lines.items()))
        keys = self._next(line, max(1, ROWS // search.beams))
        self._steps += 1
        orders = [line.pop(key).order for key in keys]
        del self._lines[search]
        if line:
            self._lines[search] = line  # behind the others
        try:
            found = self._model.write(orders, search)
        except Exception as error:
            return [(key, error) for key in keys]
        return [(key, self._told(one)) for key, one in zip(keys, found, strict=True)]

    def _next(self, line: Mapping[Hashable, _Waiting], count: int) -> Sequence[Hashable]:
        """Choose the shortest, or as many around whoever has waited too long."""
        by_length = sorted(line, key=lambda key: len(line[key].order.ids))
        oldest = next(iter(line))
        late = self._steps - line[oldest].since >= PATIENCE
        start = by_length.index(oldest) // count * count if late else 0
        return by_length[start : start + count]

    def remove(self, key: Hashable) -> None:
        for search, line in list(self._lines.items()):
            line.pop(key, None)
            if not line:
                del self._lines[search]

    def _told(self, found: Sequence[Any]) -> list[Written]:
        texts = self._vocabulary.decode([one.ids for one in found])
        return [written_of(text, one, self._positions) for text, one in zip(texts, found, strict=True)]


def _search(told: Prompt, longest: int) -> WholeSearch:
    beams = max(told.beams, told.alternatives)
    return WholeSearch(
        beams=beams,
        alternatives=told.alternatives,
        length_penalty=told.length_penalty,
        no_repeat_ngram_size=told.no_repeat_ngram_size,
        suppressed=told.suppressed,
        longest=longest if beams > 1 else None,
    )
