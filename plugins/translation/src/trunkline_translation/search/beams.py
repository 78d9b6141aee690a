"""Beam search as transformers 5 does it (`GenerationMixin._beam_search`), for one prompt.

Twice as many continuations as beams are looked at. Of the better half those that end are finished hypotheses; of all
of them the best that do not end go on. The search is over when what goes on cannot beat the worst finished hypothesis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trunkline_translation.search.bans import penalised
from trunkline_translation.search.prompt import Prompt
from trunkline_translation.search.protocol import Floats, Rows
from trunkline_translation.search.result import Hypothesis, Result, hypothesis
from trunkline_translation.search.scores import Scores, top
from trunkline_translation.search.search import Search


@dataclass(frozen=True, slots=True)
class Beam:
    tokens: tuple[int, ...]  # with the opening
    log_probability: float


@dataclass(frozen=True, slots=True)
class Candidate:
    log_probability: float  # of everything up to `token`
    row: int
    token: int


class Beams(Search):
    def __init__(self, prompt: Prompt, scores: Scores) -> None:
        super().__init__(prompt, scores)
        self._beams = [Beam(prompt.opening, 0.0)]
        self._finished: list[Hypothesis] = []  # best first, at most `width`

    def _choose(self, logits: Floats) -> Rows:
        candidates = [one for row in range(len(logits)) for one in self._continuations(row, logits[row])]
        candidates.sort(key=lambda one: (-one.log_probability, one.row, one.token))
        ended, kept = self._select(candidates)
        if not ended and not kept:
            return self._stuck()
        self._finish(ended)
        return self._go_on(kept)

    def _select(self, candidates: Sequence[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
        """Give those of the candidates, best first, that end as hypotheses, and those that go on as beams."""
        width = self._prompt.width
        ended = [one for one in candidates[:width] if self._ends(one)]
        return ended, [one for one in candidates[: 2 * width] if not self._ends(one)][:width]

    def _stuck(self) -> Rows:
        """End where nothing may follow any beam, all of it being banned: beams are cut, if nothing was finished."""
        if not self._finished:
            self._finished = [self._told(beam) for beam in self._beams]
        self.done = True
        return np.zeros(0, np.intp)

    def _continuations(self, row: int, logits: Floats) -> list[Candidate]:
        beam = self._beams[row]
        if self._must_end(len(beam.tokens)):
            return [Candidate(beam.log_probability, row, self._prompt.eos)]
        log_sum = self._log_sum(logits)
        if self._prompt.repetition_penalty != 1:
            logits = penalised(logits, beam.tokens, self._prompt.repetition_penalty, log_sum)
        wanted = self._wanted(beam)
        kept = logits[wanted]
        self._bans.apply(logits, beam.tokens)
        logits[wanted] = kept
        tokens = top(logits, 2 * self._prompt.width).tolist()
        tokens += [token for token in wanted if token not in tokens and logits[token] > -np.inf]
        before = beam.log_probability - log_sum
        return [Candidate(before + float(logits[token]), row, token) for token in tokens]

    def _wanted(self, beam: Beam) -> list[int]:
        """Give tokens that are looked at after `beam` however unlikely they are, and that no ban holds back."""
        return []

    def _ends(self, one: Candidate) -> bool:
        return one.token == self._prompt.eos or self._length + 1 == self._prompt.max_length

    @property
    def _length(self) -> int:
        return len(self._beams[0].tokens)

    def _finish(self, ended: Sequence[Candidate]) -> None:
        self._finished += [self._told(self._extended(one)) for one in ended]
        self._finished.sort(key=lambda one: (len(one.unplaced), -one.score))
        del self._finished[self._prompt.width :]

    def _extended(self, one: Candidate) -> Beam:
        return Beam((*self._beams[one.row].tokens, one.token), one.log_probability)

    def _told(self, beam: Beam) -> Hypothesis:
        return hypothesis(self._prompt, beam.tokens, beam.log_probability)

    def _go_on(self, kept: Sequence[Candidate]) -> Rows:
        self._beams = [self._extended(one) for one in kept]
        self.done = not kept or not self._may_improve()
        self.ids = np.array([one.token for one in kept], np.int64)
        return np.array([one.row for one in kept], np.intp)

    def _may_improve(self) -> bool:
        """Tell whether a running beam may still beat a finished one, as `early_stopping` estimates it."""
        prompt = self._prompt
        if len(self._finished) < prompt.width:
            return True
        if prompt.early_stopping is True:
            return False
        far = prompt.early_stopping == "never" and prompt.length_penalty > 0
        length = (prompt.max_length if far else self._length) - len(prompt.start)
        possible: float = self._beams[0].log_probability / length**prompt.length_penalty
        return possible > self._finished[-1].score

    def result(self) -> Result:
        """Give the best hypotheses, as many as the prompt asks for where there are so many."""
        return Result(tuple(self._finished[: self._prompt.alternatives]))
