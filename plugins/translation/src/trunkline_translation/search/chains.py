"""Rows that go their own ways: a greedy search is one, samples of a prompt are several."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trunkline_translation.search.bans import penalised
from trunkline_translation.search.prompt import Prompt
from trunkline_translation.search.protocol import Floats, Rows
from trunkline_translation.search.result import Result, hypothesis
from trunkline_translation.search.sampler import Sampler
from trunkline_translation.search.scores import Scores
from trunkline_translation.search.search import Search, finite


@dataclass(slots=True)
class _Chain:
    tokens: list[int]
    pick: Callable[[Floats], int]
    log_probability: float = 0.0


class Chains(Search):
    """Greedy search, or as many samples as the prompt asks alternatives of."""

    def __init__(self, prompt: Prompt, scores: Scores) -> None:
        super().__init__(prompt, scores)
        opening, sampling = prompt.opening, prompt.sampling
        picks = [Sampler(sampling, one) for one in range(prompt.alternatives)] if sampling else [likeliest]
        self._chains = [_Chain(list(opening), pick) for pick in picks]
        self._running = list(self._chains)
        self._opened = False
        self._scored = prompt.scored or sampling is not None

    def _choose(self, logits: Floats) -> Rows:
        rows = np.arange(len(logits))
        if not self._opened and len(self._running) > 1:
            rows = np.zeros(len(self._running), np.intp)
            logits = logits[rows]
        self._opened = True
        goes_on = [self._extend(chain, row) for chain, row in zip(self._running, logits, strict=True)]
        self._running = [chain for chain, going in zip(self._running, goes_on, strict=True) if going]
        self.done = not self._running
        self.ids = np.array([chain.tokens[-1] for chain in self._running], np.int64)
        return rows[goes_on]

    def _extend(self, chain: _Chain, row: Floats) -> bool:
        """Write a token and tell whether more may follow."""
        if self._must_end(len(chain.tokens)):
            chain.tokens.append(self._prompt.eos)
            return False
        log_sum, changed = self._log_sum(row) if self._scored else math.nan, row
        if self._prompt.repetition_penalty != 1:
            changed = penalised(row, chain.tokens, self._prompt.repetition_penalty)
        self._bans.apply(changed, chain.tokens)
        token = chain.pick(changed)
        if changed[token] == -np.inf:
            return False  # everything is banned
        chain.log_probability += finite(float(row[token])) - log_sum
        chain.tokens.append(token)
        return token != self._prompt.eos and len(chain.tokens) < self._prompt.max_length

    def result(self) -> Result:
        """Tell what was found, of samples the likeliest first."""
        found = [hypothesis(self._prompt, chain.tokens, chain.log_probability) for chain in self._chains]
        return Result(tuple(sorted(found, key=lambda one: -one.score)))


def likeliest(row: Floats) -> int:
    return int(row.argmax())
