"""Beam search that writes given phrases: dynamic beam allocation (Post and Vilar 2018).

Besides the likeliest continuations, those that begin a phrase or go on with one are looked at. Beams are shared among
hypotheses at different stages of completion, since one that has just written a forced token is seldom among the
likeliest. No hypothesis ends before its phrases are placed; when room is as short as what is missing, only phrases are
gone on with.
"""

from __future__ import annotations

from collections.abc import Sequence

from trunkline_translation.search.beams import Beam, Beams, Candidate
from trunkline_translation.search.phrases import Phrases, Progress
from trunkline_translation.search.prompt import Prompt
from trunkline_translation.search.protocol import Rows
from trunkline_translation.search.result import Hypothesis, hypothesis
from trunkline_translation.search.scores import Scores


class Constrained(Beams):
    """Ends with the first `width` hypotheses that hold every phrase, whatever `early_stopping` says.

    Where a phrase cannot be placed, hypotheses say which; of two the one that lacks fewer is better, then the one with
    the higher score.
    """

    def __init__(self, prompt: Prompt, scores: Scores) -> None:
        super().__init__(prompt, scores)
        self._phrases = Phrases(prompt.phrases, prompt.max_length - len(prompt.opening) - 1)
        progress = Progress(free=len(prompt.start))
        for length in range(len(prompt.start) + 1, len(prompt.opening) + 1):
            progress = self._phrases.after(progress, prompt.opening[:length])
        self._progress = {prompt.opening: progress}  # of the beams

    def _wanted(self, beam: Beam) -> list[int]:
        return sorted(self._phrases.next_tokens(self._progress[beam.tokens], beam.tokens))

    def _select(self, candidates: Sequence[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
        width = self._prompt.width
        reached = {one: self._missing(one) for one in self._looked_at(candidates)}
        room = max(0, self._prompt.max_length - self._length - 2)  # after the next token, and before the end token
        in_time = {one: missing for one, missing in reached.items() if missing <= room} or reached
        if self._is_last:
            return sorted(in_time, key=lambda one: in_time[one])[:width], []
        complete = [one for one, missing in in_time.items() if missing == 0][:width]
        ended = [one for one in complete if one.token == self._prompt.eos]
        return ended, shared([(missing, one) for one, missing in in_time.items() if not self._ends(one)], width)

    def _looked_at(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Give the likeliest of all, the likeliest of each beam, and those that a phrase wants; no early end."""
        wanted = [set(self._wanted(beam)) for beam in self._beams]
        found: list[Candidate] = []
        rows: set[int] = set()
        for one in candidates:
            if one.token == self._prompt.eos and wanted[one.row] and not self._is_last:
                continue
            if len(found) < 2 * self._prompt.width or one.row not in rows or one.token in wanted[one.row]:
                found.append(one)
                rows.add(one.row)
        return found

    @property
    def _is_last(self) -> bool:
        return self._length + 1 == self._prompt.max_length

    def _missing(self, one: Candidate) -> int:
        tokens = self._extended(one).tokens
        self._progress[tokens] = self._phrases.after(self._progress[tokens[:-1]], tokens)
        return self._phrases.missing(self._progress[tokens], tokens)

    def _go_on(self, kept: Sequence[Candidate]) -> Rows:
        rows = super()._go_on(kept)
        self._progress = {beam.tokens: self._progress[beam.tokens] for beam in self._beams}
        return rows

    def _told(self, beam: Beam) -> Hypothesis:
        unplaced = self._phrases.unplaced(self._progress[beam.tokens])
        return hypothesis(self._prompt, beam.tokens, beam.log_probability, unplaced)

    def _may_improve(self) -> bool:
        return len(self._finished) < self._prompt.width


def shared(candidates: Sequence[tuple[int, Candidate]], width: int) -> list[Candidate]:
    """Share `width` beams among stages of completion, given as (tokens missing, candidate), best first.

    The stage that lacks least comes first, then the others in order of their best candidate, one each until all are
    given away. The chosen come best first.
    """
    stages: dict[int, list[Candidate]] = {}
    for missing, one in candidates:
        stages.setdefault(missing, []).append(one)
    foremost = min(stages, default=0)
    turns = sorted(stages, key=lambda missing: missing != foremost)
    by_turn = [stages[stage][turn] for turn in range(width) for stage in turns if turn < len(stages[stage])]
    return sorted(by_turn[:width], key=lambda one: -one.log_probability)
