"""Sentences that an engine's own model of encoder and decoder translates."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkline import HeadConfig, WholeModel, WholeOrder, WholeSearch
from trunkline_translation.search import Prompt
from trunkline_translation.vocabulary import Vocabulary
from trunkline_translation.writing import Wish, Wording, Written

AT_ONCE = 256
"""Sentences of one call: enough that their lengths can be sorted, few enough that newcomers need not wait long."""


class WholeWriting:
    """The platform's `WholeGeneration`."""

    def __init__(self, model: WholeModel, config: HeadConfig, vocabulary: Vocabulary) -> None:
        self._model = model
        self._wording = Wording(config, vocabulary)
        self._vocabulary = vocabulary
        self._positions: int | None = config["decoder"].get("max_positions")  # even where a formula would go on
        self._lines: dict[
            WholeSearch, dict[Hashable, WholeOrder]
        ] = {}  # by how they are looked for, in order of arrival

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
        self._lines.setdefault(_search(told), {})[key] = order

    def step(self) -> Sequence[tuple[Hashable, Any]]:
        """Write some that are looked for alike, those that wait longest first."""
        if not self._lines:  # the only one was refused, or nobody waits for it any more
            return ()
        search, line = next(iter(self._lines.items()))
        keys = list(line)[:AT_ONCE]
        orders = [line.pop(key) for key in keys]
        del self._lines[search]
        if line:
            self._lines[search] = line  # behind the others
        try:
            found = self._model.write(orders, search)
        except Exception as error:
            return [(key, error) for key in keys]
        return [(key, self._told(one)) for key, one in zip(keys, found, strict=True)]

    def remove(self, key: Hashable) -> None:
        for search, line in list(self._lines.items()):
            line.pop(key, None)
            if not line:
                del self._lines[search]

    def _told(self, found: Sequence[Any]) -> list[Written]:
        texts = self._vocabulary.decode([one.ids for one in found])
        return [
            Written(text, one.log_probability, len(one.ids) + one.finished, one.finished)
            for text, one in zip(texts, found, strict=True)
        ]


def _search(told: Prompt) -> WholeSearch:
    return WholeSearch(
        beams=max(told.beams, told.alternatives),
        alternatives=told.alternatives,
        length_penalty=told.length_penalty,
        no_repeat_ngram_size=told.no_repeat_ngram_size,
        suppressed=told.suppressed,
    )
