"""One request: its text cut into sentences, each written in the other language, and put together again."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline import Inference, InvalidInput, Progress, Silent, TokenCounter
from trunkline_translation import pairs
from trunkline_translation.answers import Answers
from trunkline_translation.documents import Document, document_rounds, parse
from trunkline_translation.messages import (
    MOST_TOKENS,
    Alternative,
    TranslatedSentence,
    TranslationRequest,
    TranslationResponse,
)
from trunkline_translation.pairs import Way
from trunkline_translation.text import KINDS, Ask, Glossary, Limits, Options, Passage, SentenceResult, Span, text_rounds
from trunkline_translation.writing import Written

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOM = 0.75
"""Of a window, so much is a sentence's; the rest is for the marks that stand for what is kept."""
NOTES = {
    "in_target": "in the target language already, left as they were",
    "unchanged": "came out as they went in",
}
Finished = tuple[str, tuple[tuple[int, SentenceResult], ...]]
Rounds = Generator[list[Ask], Sequence[str], Finished]


@dataclass(frozen=True, slots=True)
class Told:
    """A whole text's translation, with how sure the model was of what it wrote for it."""

    text: str
    parts: tuple[tuple[int, SentenceResult], ...]  # sentences, each with where its passage begins in the text
    score: float  # the geometric mean of the tokens' probabilities
    cut: Written | None  # the longest of those sentences that could not be ended


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
        counter = await inference.token_counter(task, version.reference)
        options = _options(request, way, counter)
        answers = Answers(task, request, inference, way, version.reference, progress or Silent(), counter)
        return cls(request, way, options, answers)

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
    asked = await asyncio.to_thread(_next, rounds, None)
    while isinstance(asked, list):
        await answers.learn(asked)
        asked = await asyncio.to_thread(_next, rounds, [one.text for one in answers.pick(asked, number)])
    text, parts = asked
    used = answers.pick([ask for _, part in parts for ask in part.asked], number)  # what was tried in vain is left out
    probability, tokens = sum(one.log_probability for one in used), sum(one.tokens for one in used)
    score = math.exp(probability / tokens) if tokens else 1.0
    cut = max((one for one in used if not one.finished), key=lambda one: one.tokens, default=None)
    return Told(text, parts, score, cut)


def _next(rounds: Rounds, answers: Sequence[str] | None) -> list[Ask] | Finished:
    """Give what is asked next, or the text at the end."""
    try:
        return next(rounds) if answers is None else rounds.send(answers)
    except StopIteration as stopped:
        found: Finished = stopped.value
        return found


def _options(request: TranslationRequest, way: Way, counter: TokenCounter) -> Options:
    protect = {"all": True, "none": False}.get(request.protect) if isinstance(request.protect, str) else request.protect
    kinds = KINDS if protect is True else frozenset(protect or ())
    return Options(
        source=way.reads,
        target=way.writes,
        limits=Limits(longest=max(1, int(ROOM * counter.max_length)), count=lambda texts: list(counter.count(texts))),
        kinds=kinds,
        keep=tuple(request.keep),
        glossary=Glossary(request.glossary) if request.glossary else None,
        skip_target=True,
        unknown=counter.unknown,
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
        notes=list(_notes(best, request.max_length)),
    )


def _apart(best: Told, others: Sequence[Told]) -> list[Alternative]:
    """Give the other translations that differ, each once."""
    found: Mapping[str, Told] = {one.text: one for one in reversed(others) if one.text != best.text}
    texts = sorted(found.values(), key=lambda one: -one.score)
    return [Alternative(translation=one.text, score=one.score) for one in texts]


def _remedy(cut: Written, max_length: int | None) -> str:
    if cut.at_end:
        return ", the most that this model writes: split it"
    return ", the most that may be asked for: split it" if max_length == MOST_TOKENS else ": give a larger max_length"


def _notes(told: Told, max_length: int | None) -> Sequence[str]:
    found = []
    for kind, words in NOTES.items():
        count = sum(sentence.note == kind for _, sentence in told.parts)
        if count:
            found.append(f"{count} of {len(told.parts)} sentences: {words}")
    if told.cut is not None:
        tokens = "1 token" if told.cut.tokens == 1 else f"{told.cut.tokens} tokens"
        found.append(f"a sentence was cut after {tokens}{_remedy(told.cut, max_length)}")
    return found
