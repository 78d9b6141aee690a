"""One request: its text cut into sentences, each written in the other language, and put together again."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trunkline import EncoderInput, Inference, TokenCounter
from trunkline_translation import pairs
from trunkline_translation.messages import Alternative, TranslatedSentence, TranslationRequest, TranslationResponse
from trunkline_translation.pairs import Way
from trunkline_translation.search import Sampling
from trunkline_translation.text import KINDS, Ask, Glossary, Limits, Options, Passage, Span, Translated, text_rounds
from trunkline_translation.writing import Wish, Written

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOM = 0.75
"""Of a window, so much is a sentence's; the rest is for the marks that stand for what is kept."""
NOTES = {
    "in_target": "is in the target language already",
    "unchanged": "came out as it went in",
}
Rounds = Generator[list[Ask], Sequence[str], list[Translated]]


@dataclass(slots=True, eq=False)
class Answers:
    """What a model wrote of each text that it was asked for, best first; asked once, however often it is wanted."""

    task: str
    request: TranslationRequest
    inference: Inference
    way: Way
    model: str | None
    known: dict[Ask, Sequence[Written]] = field(default_factory=dict)
    tokens: int = 0
    log_probability: float = 0.0

    async def learn(self, asked: Sequence[Ask]) -> None:
        """Have what is not known yet written."""
        new = [ask for ask in dict.fromkeys(asked) if ask not in self.known]
        if not new:
            return
        inputs = [EncoderInput(self.way.prefix + ask.text, language=self.way.token) for ask in new]
        answer = await self.inference.generate(self.task, self.model, inputs, [self._wish(ask) for ask in new])
        self.model = answer.model  # later rounds ask the same version, whatever was promoted meanwhile
        self.known |= dict(zip(new, answer.predictions, strict=True))

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

    text: Translated
    score: float  # the geometric mean of the tokens' probabilities
    cut: bool  # a sentence ended at max_length


async def translated(task: str, request: TranslationRequest, inference: Inference) -> TranslationResponse:
    """Answer a request. Raises `InvalidInput` for languages that the version does not translate."""
    version = inference.version_info(task, request.model)
    way = pairs.way(version.head_config, request.source_lang, request.target_lang)
    counter = await inference.token_counter(task, version.reference)
    options = _options(request, way, counter)
    answers = Answers(task, request, inference, way, version.reference)
    passage = Passage(request.text, tuple(_kept(request)))
    best = await _told(text_rounds([passage], options), answers, 0)
    others = [await _told(text_rounds([passage], options), answers, 1 + place) for place in range(request.alternatives)]
    return _response(request, way, version.reference, best, others)


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
    return Told(asked, math.exp(probability / tokens) if tokens else 1.0, cut)


def _next(rounds: Rounds, answers: Sequence[str] | None) -> list[Ask] | Translated:
    """Give what is asked next, or the text at the end."""
    try:
        return next(rounds) if answers is None else rounds.send(answers)
    except StopIteration as stopped:
        [text] = stopped.value
        found: Translated = text
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
    )


def _kept(request: TranslationRequest) -> Sequence[Span]:
    return [Span(one.start, one.end, "kept", request.text[one.start : one.end]) for one in request.keep_spans]


def _sampling(request: TranslationRequest) -> Sampling | None:
    if not request.samples:
        return None
    return Sampling(
        temperature=request.temperature or 1.0, top_k=request.top_k or 0, top_p=request.top_p or 1.0, seed=request.seed
    )


def _response(
    request: TranslationRequest, way: Way, model: str, best: Told, others: Sequence[Told]
) -> TranslationResponse:
    missing = dict.fromkeys(term.source for sentence in best.text.sentences for term in sentence.missing)
    sentences = [
        TranslatedSentence(start=one.start, end=one.end, source=one.source, translation=one.text)
        for one in best.text.sentences
    ]
    return TranslationResponse(
        model=model,
        translation=best.text.text,
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
    found: Mapping[str, Told] = {one.text.text: one for one in reversed(others) if one.text.text != best.text.text}
    texts = sorted(found.values(), key=lambda one: -one.score)
    return [Alternative(translation=one.text.text, score=one.score) for one in texts]


def _notes(told: Told) -> Sequence[str]:
    found = []
    for kind, words in NOTES.items():
        count = sum(sentence.note == kind for sentence in told.text.sentences)
        if count:
            found.append(f"{count} of {len(told.text.sentences)} sentences: {words}")
    if told.cut:
        found.append("a sentence was cut at max_length: give a larger one")
    return found
