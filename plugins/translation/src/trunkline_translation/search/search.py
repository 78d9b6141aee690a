"""One prompt on its way: which rows of the batch are its own, what they read next, and when it is done."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np

from trunkline import CorruptArtifact
from trunkline_translation.search.bans import Bans
from trunkline_translation.search.prompt import Prompt
from trunkline_translation.search.protocol import Floats, Ids, Rows
from trunkline_translation.search.result import Result
from trunkline_translation.search.scores import Scores


class Search(ABC):
    """Begins with one row, which reads the opening; the first choice may make several of it."""

    def __init__(self, prompt: Prompt, scores: Scores) -> None:
        self._prompt, self._scores = prompt, scores
        self._bans = Bans(prompt)
        self._read = 1
        self.ids: Ids = np.array(prompt.start[:1], np.int64)  # (rows,): what each row reads in the next step
        self.done = False

    def advance(self, logits: Floats) -> Rows:
        """Go on from what followed `ids`, (rows, vocabulary), and give for each new row the old one it continues.

        Raises `CorruptArtifact` where a row's logits are not numbers.
        """
        opening = self._prompt.opening
        if self._read < len(opening):
            self.ids = np.array(opening[self._read : self._read + 1], np.int64)
            self._read += 1
            return np.zeros(1, np.intp)
        return self._choose(logits)

    @abstractmethod
    def _choose(self, logits: Floats) -> Rows: ...

    @abstractmethod
    def result(self) -> Result:
        """Tell what was found, once `done`."""

    def _log_sum(self, row: Floats) -> float:
        return finite(self._scores.log_sum(row))

    def _must_end(self, length: int) -> bool:
        """Tell whether the next token is the last one allowed and must be the end token."""
        return self._prompt.forced_eos and length == self._prompt.max_length - 1


def finite(value: float) -> float:
    """Give a value that was worked out of logits. Raises `CorruptArtifact` where it is not a number."""
    if not math.isfinite(value):
        raise CorruptArtifact("the decoder gave logits that are not finite; its weights are damaged")
    return value
