"""What a search found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trunkline_translation.search.prompt import Prompt


@dataclass(frozen=True, slots=True)
class Hypothesis:
    ids: tuple[int, ...]  # without the start tokens and the end token; a prefix is part of them
    score: float  # log_probability / length ** length_penalty; the length counts prefix and end token
    log_probability: float  # natural, summed over tokens; what was forced at no cost counts 0
    finished: bool  # the end token was written; otherwise cut at max_length
    unplaced: tuple[int, ...] = ()  # places in `Prompt.phrases` of those that are not in it


@dataclass(frozen=True, slots=True)
class Result:
    hypotheses: tuple[Hypothesis, ...]  # best first, at least one

    @property
    def best(self) -> Hypothesis:
        return self.hypotheses[0]


def hypothesis(
    prompt: Prompt, tokens: Sequence[int], log_probability: float, unplaced: tuple[int, ...] = ()
) -> Hypothesis:
    """Tell of `tokens`, which open with the prompt's start and may close with its end token."""
    written = tuple(tokens[len(prompt.start) :])
    finished = len(written) > len(prompt.prefix) and written[-1] == prompt.eos
    score = log_probability / max(1, len(written)) ** prompt.length_penalty
    return Hypothesis(written[:-1] if finished else written, score, log_probability, finished, unplaced)
