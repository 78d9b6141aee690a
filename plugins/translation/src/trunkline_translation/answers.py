"""What a model wrote of the sentences that a request asks for."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from trunkline import EncoderInput, Inference, Progress, TokenCounter
from trunkline_translation.messages import TranslationRequest
from trunkline_translation.pairs import Way
from trunkline_translation.search import Sampling
from trunkline_translation.text import Ask, rewording
from trunkline_translation.text.languages import base
from trunkline_translation.writing import Wish, Written

NOTHING = Written("", 0.0, 0, True)
SPECIAL = 8
"""Tokens that a trunk may put about a text, at most."""
AT_ONCE = 64
"""Sentences that are asked for together: enough for full batches, few enough that others' need not wait long while
these are read."""
PARTS = 3
"""So many times that are asked for at a time: some are read while others are written."""
SURE = math.log(0.7)
"""The mean logarithm of probabilities above which a fragment is read once: what a version was tuned to say stays."""
_DOTTED = frozenset({"az", "tr"})
"""Languages whose i keeps its dot as a capital: case is not changed there."""


@dataclass(slots=True, eq=False)
class Answers:
    """What a model wrote of each text that it was asked for, best first; asked once, however often it is wanted."""

    task: str
    request: TranslationRequest
    inference: Inference
    way: Way
    model: str
    progress: Progress
    counter: TokenCounter
    known: dict[Ask, Sequence[Written]] = field(default_factory=dict)
    _written: dict[Ask, Sequence[Written]] = field(default_factory=dict)  # of wordings

    async def learn(self, asked: Sequence[Ask]) -> None:
        """Have what is not known yet written, in a wording that models read well."""
        wordings = {ask: self._lowered(ask) for ask in asked if ask not in self.known}
        await self._write(list(wordings.values()))
        again = {one: self._ended(one) for one in wordings.values()}
        await self._write([one for ended in again.values() for one in ended])
        for ask, one in wordings.items():
            best = self._best(one, again[one])
            self.known[ask] = best if one == ask else _changed(best, rewording.raised)

    def pick(self, asked: Sequence[Ask], number: int) -> list[Written]:
        """Give the best translation of each, the next best, and so on; the last where there are not so many."""
        return [self.known[ask][min(number, len(self.known[ask]) - 1)] for ask in asked]

    def _lowered(self, ask: Ask) -> Ask:
        if _DOTTED & {base(self.way.reads), base(self.way.writes)}:
            return ask
        return replace(ask, text=rewording.lowered(ask.text) or ask.text)

    def _ended(self, ask: Ask) -> list[Ask]:
        best = self._written[ask][0]
        if self.request.samples or not best.finished or _sureness(best) > SURE:
            return []
        return [replace(ask, text=text) for text in rewording.ended(ask.text, best.text)]

    def _best(self, ask: Ask, ended: Sequence[Ask]) -> Sequence[Written]:
        """Take the shortest of those that the model is at least as sure of: what it was tuned to say, it is sure of."""
        plain = self._written[ask]
        surer = [one for one in ended if _sureness(self._written[one][0]) >= _sureness(plain[0])]
        found = [plain, *(_changed(self._written[one], rewording.unended) for one in surer)]
        return found[rewording.shortest([written[0].text for written in found])]

    async def _write(self, asked: Sequence[Ask]) -> None:
        """Have what is not there yet written, but for what marks made too long for a window: as if they were lost.

        The shortest come first: rows that are written together are then about as long, and less of them is padding.
        """
        new = [ask for ask in dict.fromkeys(asked) if ask not in self._written]
        too_long = await asyncio.to_thread(self._too_long, new)
        self._written |= {ask: [NOTHING] for ask in too_long}
        new = sorted((ask for ask in new if ask not in too_long), key=lambda ask: len(ask.text))
        if not new:
            return
        turns = asyncio.Semaphore(PARTS)
        with self.progress.track("translating", len(new)) as advance:

            async def write_part(part: Sequence[Ask]) -> None:
                async with turns:
                    self._written.update(await self._generated(part))
                advance(len(part))

            parts = [asyncio.create_task(write_part(new[at : at + AT_ONCE])) for at in range(0, len(new), AT_ONCE)]
            try:
                await asyncio.gather(*parts)
            finally:
                for part in parts:  # where one failed, or nobody waits any more
                    part.cancel()

    async def _generated(self, part: Sequence[Ask]) -> Mapping[Ask, Sequence[Written]]:
        inputs = [EncoderInput(self.way.prefix + ask.text, language=self.way.token) for ask in part]
        wishes = [self._wish(ask) for ask in part]
        answer = await self.inference.generate(self.task, self.model, inputs, wishes)
        return dict(zip(part, answer.predictions, strict=True))

    def _too_long(self, asked: Sequence[Ask]) -> set[Ask]:
        limit = self.counter.max_length - bool(self.way.token)  # the language's own token is not counted
        room = limit - len(self.way.prefix) - SPECIAL
        looked = [ask for ask in asked if len(ask.text) > room]  # a token is a character at least
        counts = self.counter.count([self.way.prefix + ask.text for ask in looked]) if looked else ()
        return {ask for ask, count in zip(looked, counts, strict=True) if count > limit}

    def _wish(self, ask: Ask) -> Wish:
        request = self.request
        return Wish(
            target_lang=self.way.target or None,
            beams=request.beams,
            alternatives=request.alternatives + 1,
            length_penalty=request.length_penalty,
            no_repeat_ngram_size=request.no_repeat_ngram_size,
            max_length=request.max_length,
            sampling=_sampling(request),
            phrases=tuple((phrase,) for phrase in ask.phrases) if not request.samples else (),
        )


def _sampling(request: TranslationRequest) -> Sampling | None:
    if not request.samples:
        return None
    return Sampling(
        temperature=request.temperature or 1.0, top_k=request.top_k or 0, top_p=request.top_p or 1.0, seed=request.seed
    )


def _sureness(written: Written) -> float:
    """Give the mean logarithm of its tokens' probabilities."""
    return written.log_probability / max(1, written.tokens)


def _changed(written: Sequence[Written], change: Callable[[str], str]) -> Sequence[Written]:
    return [replace(one, text=change(one.text)) for one in written]
