"""Tokens that may not come next, and those that are made less likely: transformers' logits processors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trunkline_translation.search.prompt import Prompt
from trunkline_translation.search.protocol import Floats, Ids


class Bans:
    def __init__(self, prompt: Prompt) -> None:
        self._prompt = prompt
        alone = [sequence[0] for sequence in prompt.banned if len(sequence) == 1]
        never = {*prompt.suppressed, *alone} - {prompt.eos}
        self._never = np.array(sorted(never), np.int64)
        self._longer = [(sequence[:-1], sequence[-1]) for sequence in prompt.banned if len(sequence) > 1]

    def apply(self, row: Floats, tokens: Sequence[int]) -> None:
        """Set what may not follow `tokens` to -inf, in place."""
        if len(self._never):
            row[self._never] = -np.inf
        for before, last in self._longer:
            if tuple(tokens[-len(before) :]) == before:
                row[last] = -np.inf
        if self._prompt.no_repeat_ngram_size:
            row[repeating(tokens, self._prompt.no_repeat_ngram_size)] = -np.inf
        if len(tokens) < self._prompt.min_length:
            row[self._prompt.eos] = -np.inf


def repeating(tokens: Sequence[int], size: int) -> Ids:
    """Give the tokens that would close an n-gram of this size that `tokens` hold already."""
    ids = np.array(tokens, np.int64)
    windows = len(ids) - size + 1
    if windows <= 0:
        return ids[:0]
    same = np.ones(windows, np.bool_)
    for place, token in enumerate(tokens[len(tokens) + 1 - size :]):
        same &= ids[place : place + windows] == token
    return ids[size - 1 :][same]


def penalised(row: Floats, tokens: Sequence[int], penalty: float, log_sum: float = 0.0) -> Floats:
    """Give a copy of the row in which tokens that were written are less likely.

    `log_sum` makes log-probabilities of the logits, for the penalty of a beam search (Keskar and others 2019).
    """
    seen = np.array(sorted(set(tokens)), np.int64)
    values = row[seen] - np.float32(log_sum)
    lessened = np.where(values < 0, values * np.float32(penalty), values / np.float32(penalty))
    changed = row.copy()
    changed[seen] = lessened + np.float32(log_sum)
    return changed
