"""One request: its text cut into sentences, each written in the other language, and put together again."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trunkline import EncoderInput, Inference, InvalidInput, Progress, Silent, TokenCounter
from trunkline_translation import pairs
from trunkline_translation.documents import Document, document_rounds, parse
from trunkline_translation.messages import Alternative, TranslatedSentence, TranslationRequest, TranslationResponse
from trunkline_translation.pairs import Way
from trunkline_translation.search import Sampling
from trunkline_translation.text import KINDS, Ask, Glossary, Limits, Options, Passage, SentenceResult, Span, text_rounds
from trunkline_translation.writing import Wish, Written

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOM = 0.75
"""Of a window, so much is a sentence's; the rest is for the marks that stand for what is kept."""
NOTES = {
    "in_target": "in the target language already, left as they were",
    "unchanged": "came out as they went in",
}
AT_ONCE = 64
"""Sentences that are asked for together: enough for full batches, few enough that others' need not wait long while
these are read."""
PARTS = 3
"""So many times that are asked for at a time: some are read while others are written."""
Finished = tuple[str, tuple[tuple[int, SentenceResult], ...]]
Rounds = Generator[list[Ask], Sequence[str], Finished]


@dataclass(slots=True, eq=False)
class Answers:
    """What a model wrote of each text that it was asked for, best first; asked once, however often it is wanted."""

    task: str
    request: TranslationRequest
    inference: Inference
    way: Way
    model: str
    progress: Progress
    known: dict[Ask, Sequence[Written]] = field(default_factory=dict)

    async def learn(self, asked: Sequence[Ask]) -> None:
        """Have what is not known yet written."""
        new = [ask for ask in dict.fromkeys(asked) if ask not in self.known]
        if not new:
            return
        turns = asyncio.Semaphore(PARTS)
        with self.progress.track("translating", len(new)) as advance:

            async def learn_part(part: Sequence[Ask]) -> None:
                async with turns:
                    self.known.update(await self._written(part))
                advance(len(part))

            parts = [asyncio.create_task(learn_part(new[at : at + AT_ONCE])) for at in range(0, len(new), AT_ONCE)]
            try:
                await asyncio.gather(*parts)
            finally:
                for part in parts:  # where one failed, or nobody waits any more
                    part.cancel()

    async def _written(self, part: Sequence[Ask]) -> Mapping[Ask, Sequence[Written]]:
        inputs = [EncoderInput(self.way.prefix + ask.text, language=self.way.token) for ask in part]
        wishes = [self._wish(ask) for ask in part]
        answer = await self.inference.generate(self.task, self.model, inputs, wishes)
        return dict(zip(part, answer.predictions, strict=True))

    def pick(self, asked: Sequence[Ask], number: int) -> list[Written]:
        """Give the best translation of each, the next best, and so on; the last where there are not so many."""
        return [self.known[ask][min(number, len(self.known[ask]) - 1)] for ask in asked]

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


@dataclass(frozen=True, slots=True)
class Told:
    """A whole text's translation, with how sure the model was of what it wrote for it."""

    text: str
    parts: tuple[tuple[int, SentenceResult], ...]  # sentences, each with where its passage begins in the text
    score: float  # the geometric mean of the tokens' probabilities
    cut: bool  # a sentence ended at max_length


@dataclass(frozen=True, slots=True)
class Job:
    """What one version is to translate, how, and what is known of it by now."""

    request: TranslationRequest
    way: Way
    options: Options
    answers: Answers

    @classmethod
    async def of(
        cls, task: str, request: TranslationRequest, inference: Inference, progress: Progress | None = None
    ) -> Job:
        """Find the version and what it is asked. Raises `InvalidInput` for languages that it does not translate."""
        version = inference.version_info(task, request.model)
        way = pairs.way(version.head_config, request.source_lang, request.target_lang)
        options = _options(request, way, await inference.token_counter(task, version.reference))
        return cls(
            request, way, options, Answers(task, request, inference, way, version.reference, progress or Silent())
        )

    async def told(self, document: Document | None, number: int = 0) -> Told:
        """Translate a document, or the request's own plain text, by the best of what is written, the next best, ..."""
        return await _told(self._rounds(document), self.answers, number)

    def _rounds(self, document: Document | None) -> Rounds:
        if document is not None:
            found = yield from document_rounds(document, self.options)
            parts = ((segment.start, one) for segment, text in found.segments for one in text.sentences)
            return found.text, tuple(parts)
        spans = [
            Span(one.start, one.end, "kept", self.request.text[one.start : one.end]) for one in self.request.keep_spans
        ]
        [text] = yield from text_rounds([Passage(self.request.text, tuple(spans))], self.options)
        return text.text, tuple((0, one) for one in text.sentences)


async def translated(task: str, request: TranslationRequest, inference: Inference) -> TranslationResponse:
    """Answer a request. Raises `InvalidInput`, and `DataError` for a text that is not in its format."""
    document = _document(request)
    job = await Job.of(task, request, inference)
    best = await job.told(document)
    others = [await job.told(document, 1 + place) for place in range(request.alternatives)]
    return _response(request, job.way, job.answers.model, best, others)


def _document(request: TranslationRequest) -> Document | None:
    if request.format == "text":
        return None
    if request.keep_spans:
        raise InvalidInput(f"keep_spans are of plain text, and the format is {request.format}: name strings in keep")
    return parse(request.text, request.format)


async def _told(rounds: Rounds, answers: Answers, number: int) -> Told:
    """Go through the rounds of a text; splitting and counting take a while, so they are off the event loop."""
    probability, tokens, cut = 0.0, 0, False
    asked = await asyncio.to_thread(_next, rounds, None)
    while isinstance(asked, list):
        await answers.learn(asked)
        written = answers.pick(asked, number)
        probability += sum(one.log_probability for one in written)
        tokens += sum(one.tokens for one in written)
        cut = cut or not all(one.finished for one in written)
        asked = await asyncio.to_thread(_next, rounds, [one.text for one in written])
    return Told(*asked, math.exp(probability / tokens) if tokens else 1.0, cut)


def _next(rounds: Rounds, answers: Sequence[str] | None) -> list[Ask] | Finished:
    """Give what is asked next, or the text at the end."""
    try:
        return next(rounds) if answers is None else rounds.send(answers)
    except StopIteration as stopped:
        found: Finished = stopped.value
        return found


def _options(request: TranslationRequest, way: Way, counter: TokenCounter) -> Options:
    kinds = KINDS if request.protect is True else frozenset(request.protect or ())
    return Options(
        source=way.reads,
        target=way.writes,
        limits=Limits(longest=max(1, int(ROOM * counter.max_length)), count=lambda texts: list(counter.count(texts))),
        kinds=kinds,
        keep=tuple(request.keep),
        glossary=Glossary(request.glossary) if request.glossary else None,
        skip_target=True,
    )


def _sampling(request: TranslationRequest) -> Sampling | None:
    if not request.samples:
        return None
    return Sampling(
        temperature=request.temperature or 1.0, top_k=request.top_k or 0, top_p=request.top_p or 1.0, seed=request.seed
    )


def _response(
    request: TranslationRequest, way: Way, model: str, best: Told, others: Sequence[Told]
) -> TranslationResponse:
    missing = dict.fromkeys(term.source for _, sentence in best.parts for term in sentence.missing)
    sentences = [
        TranslatedSentence(start=start + one.start, end=start + one.end, source=one.source, translation=one.text)
        for start, one in best.parts
    ]
    return TranslationResponse(
        model=model,
        translation=best.text,
        score=best.score,
        source_lang=way.source or None,
        target_lang=way.target or None,
        alternatives=_apart(best, others),
        sentences=sentences if request.return_sentences else None,
        unplaced=list(missing),
        notes=list(_notes(best)),
    )


def _apart(best: Told, others: Sequence[Told]) -> list[Alternative]:
    """Give the other translations that differ, each once."""
    found: Mapping[str, Told] = {one.text: one for one in reversed(others) if one.text != best.text}
    texts = sorted(found.values(), key=lambda one: -one.score)
    return [Alternative(translation=one.text, score=one.score) for one in texts]


def _notes(told: Told) -> Sequence[str]:
    found = []
    for kind, words in NOTES.items():
        count = sum(sentence.note == kind for _, sentence in told.parts)
        if count:
            found.append(f"{count} of {len(told.parts)} sentences: {words}")
    if told.cut:
        found.append("a sentence was cut at max_length: give a larger one")
    return found
