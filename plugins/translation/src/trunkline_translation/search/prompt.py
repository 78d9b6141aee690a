"""What is asked of a search: where it begins, how it chooses, and what it must or must not write."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from trunkline import InvalidInput

Phrase = tuple[tuple[int, ...], ...]
"""Something that must be written: token ids, or several ways to write it of which one is enough."""

LEAST_CONSTRAINED, MOST_CONSTRAINED = (
    4,
    10,
)  # beams for forced phrases: one a stage


@dataclass(frozen=True, slots=True)
class Sampling:
    """Draws tokens by chance, as transformers does with `do_sample`: temperature, then `top_k`, then `top_p`.

    The same seed draws the same tokens, whoever shares the batch. `top_k` 0 and `top_p` 1.0 keep every token.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise InvalidInput(f"temperature is {self.temperature}; it must be above 0. Leave sampling out for greedy")
        _at_least(0, top_k=self.top_k, seed=self.seed)
        if not 0 < self.top_p <= 1:
            raise InvalidInput(f"top_p is {self.top_p}; it must be above 0 and at most 1")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One search. Lengths are counted as transformers counts them: `start`, `prefix` and the closing `eos` included.

    Raises `InvalidInput` where the parts contradict each other.
    """

    start: tuple[int, ...]  # what the decoder reads before it chooses: decoder_start_token_id; not in the result
    eos: int
    max_length: int
    prefix: tuple[int, ...] = ()  # what each hypothesis opens with, at no cost: forced_bos_token_id; in the result
    beams: int = 1  # 1 is greedy
    alternatives: int = 1  # hypotheses in the result, where there are so many; beams are never fewer
    length_penalty: float = 1.0  # a score is the sum of log-probabilities over length ** length_penalty
    early_stopping: bool | Literal["never"] = False
    min_length: int = 0
    no_repeat_ngram_size: int = 0  # 0: n-grams may come again
    repetition_penalty: float = 1.0  # of logits in greedy search and sampling, of log-probabilities in beam search
    suppressed: tuple[int, ...] = ()  # tokens that are never written, as Marian's padding
    banned: tuple[tuple[int, ...], ...] = ()  # sequences that are never written: bad_words_ids; eos alone is ignored
    scored: bool = True  # False spares a greedy search a pass over the vocabulary: its log-probabilities are then NaN
    forced_eos: bool = False  # the last token that `max_length` allows is eos, at no cost: forced_eos_token_id
    sampling: Sampling | None = None
    phrases: tuple[Phrase, ...] = ()  # each must be written once, apart from the others; wins over every ban

    def __post_init__(self) -> None:
        if not self.start:
            raise InvalidInput("a prompt has no start token; give the decoder's start id")
        _at_least(1, beams=self.beams, alternatives=self.alternatives)
        _at_least(0, min_length=self.min_length, no_repeat_ngram_size=self.no_repeat_ngram_size)
        _at_least(len(self.opening) + 1, max_length=self.max_length)
        if not (self.repetition_penalty > 0 and math.isfinite(self.repetition_penalty)):
            raise InvalidInput(f"repetition_penalty is {self.repetition_penalty}; it must be above 0, 1.0 is none")
        if not math.isfinite(self.length_penalty):
            raise InvalidInput(f"length_penalty is {self.length_penalty}; it must be a finite number")
        self._check_sampling()
        self._check_sequences()

    def _check_sampling(self) -> None:
        if self.sampling and self.beams > 1:
            raise InvalidInput(f"sampling does not go with {self.beams} beams; ask for `alternatives` instead")
        if self.sampling and self.phrases:
            raise InvalidInput("sampling does not go with forced phrases; leave one of the two out")

    def _check_sequences(self) -> None:
        if any(not way for phrase in self.phrases for way in phrase) or not all(self.phrases):
            raise InvalidInput("a forced phrase has no tokens; leave it out")
        if not all(self.banned):
            raise InvalidInput("a banned sequence has no tokens; leave it out")
        if any(self.eos in way for phrase in self.phrases for way in phrase):
            raise InvalidInput(f"a forced phrase holds the end token {self.eos}; give the phrase's own tokens only")

    @property
    def opening(self) -> tuple[int, ...]:
        """The tokens that are read before the first choice."""
        return self.start + self.prefix

    @property
    def width(self) -> int:
        """The most rows that the search holds at once."""
        asked = max(self.beams, self.alternatives)
        if not self.phrases:
            return asked
        stages = 1 + sum(min(map(len, phrase)) for phrase in self.phrases)
        return max(asked, LEAST_CONSTRAINED, min(stages, MOST_CONSTRAINED))

    def ids(self) -> Iterator[int]:
        """Give every token id that the prompt names."""
        yield from self.opening
        yield self.eos
        yield from self.suppressed
        for sequence in self.banned:
            yield from sequence
        for phrase in self.phrases:
            for way in phrase:
                yield from way


def _at_least(limit: int, **values: int) -> None:
    for name, value in values.items():
        if value < limit:
            raise InvalidInput(f"{name} is {value}; it must be at least {limit}")
