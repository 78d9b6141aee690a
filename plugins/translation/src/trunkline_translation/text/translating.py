"""Whole texts: split, each sentence translated with what is to be kept in it, and put together again."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from trunkline_translation.text import unread
from trunkline_translation.text.cutting import Limits
from trunkline_translation.text.glossary import Glossary, Term
from trunkline_translation.text.protected import Ask, Outcome, Sentence, Translate, Way, drive, rounds
from trunkline_translation.text.recognition import is_in_target, is_unchanged
from trunkline_translation.text.spans import KINDS, Span, check_kinds, find_spans, kept_spans
from trunkline_translation.text.splitting import Piece, join, split

Note = Literal["in_target", "unchanged"]
"""A sentence that was in the target language already, or one whose translation is its source again."""


@dataclass(frozen=True, slots=True)
class Options:
    """How texts are translated; languages as the model writes them.

    `kinds` of `spans.KINDS` and the strings of `keep` stay as they are. Sentences that are in the target language
    already are noted, and left as they are where `skip_target` says so. `unknown` gives the characters that the model
    cannot read.
    """

    source: str
    target: str
    limits: Limits = field(default_factory=Limits)
    kinds: Collection[str] = KINDS
    keep: tuple[str, ...] = ()
    glossary: Glossary | None = None
    skip_target: bool = False
    unknown: unread.Unknown = unread.none

    def __post_init__(self) -> None:
        """Raises `InvalidInput` on an unknown kind and on an empty string to keep."""
        check_kinds(self.kinds)
        kept_spans("", strings=self.keep)


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to translate; `keep` are its own spans that stay, before what is found by `Options.kinds`."""

    text: str
    keep: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class SentenceResult:
    """A sentence at code points [start, end) of its text.

    `missing` are the terms that could not be placed, `asked` what the translation was made of.
    """

    start: int
    end: int
    source: str
    text: str
    way: Way
    missing: tuple[Term, ...] = ()
    note: Note | None = None
    asked: tuple[Ask, ...] = ()


@dataclass(frozen=True, slots=True)
class Translated:
    """A text's translation, and that of each of its sentences."""

    text: str
    sentences: tuple[SentenceResult, ...]


@dataclass(frozen=True, slots=True)
class _Prepared:
    pieces: list[Piece]
    sentences: list[Sentence]
    in_target: list[bool]


def translate_texts(texts: Sequence[str | Passage], translate: Translate, options: Options) -> list[Translated]:
    """Translate texts by `translate`, which is given a list of sentences at most five times, all texts' together."""
    return drive(text_rounds(texts, options), translate)


def text_rounds(
    texts: Sequence[str | Passage], options: Options
) -> Generator[list[Ask], Sequence[str], list[Translated]]:
    """Give what to translate, round by round, be sent the translations in order, and return the texts' in the end.

    For those who translate in another way than by calling a function: `drive` shows how it is done.
    """
    prepared = [_prepared(Passage(text) if isinstance(text, str) else text, options) for text in texts]
    wanted = [
        sentence
        for text in prepared
        for sentence, known in zip(text.sentences, text.in_target, strict=True)
        if not (known and options.skip_target)
    ]
    outcomes = iter((yield from unread.spelling(rounds(wanted), options.unknown)))
    return [_translated(text, outcomes, options) for text in prepared]


def _prepared(passage: Passage, options: Options) -> _Prepared:
    given = [*passage.keep, *kept_spans(passage.text, strings=options.keep)]
    spans = find_spans(passage.text, options.kinds, given)
    if "unknown" in options.kinds:
        found = unread.find(passage.text, spans, options.unknown)
        spans = tuple(sorted([*spans, *found], key=lambda span: span.start))
    pieces = split(passage.text, options.source, options.limits, spans)
    sentences = [_sentence(piece, spans, options) for piece in pieces if piece.translatable]
    known = [is_in_target(sentence.text, options.source, options.target) for sentence in sentences]
    return _Prepared(pieces, sentences, known)


def _sentence(piece: Piece, spans: Sequence[Span], options: Options) -> Sentence:
    within = tuple(_within(piece, spans))
    terms = options.glossary.find(piece.text, within) if options.glossary else ()
    return Sentence(piece.text, within, terms, "number" in options.kinds)


def _within(piece: Piece, spans: Sequence[Span]) -> Sequence[Span]:
    """Give the spans of a piece; of one that goes beyond it the part that is in it."""
    first = bisect_left(spans, piece.start + 1, key=lambda span: span.end)
    found = []
    for span in spans[first:]:
        if span.start >= piece.end:
            break
        start, end = max(span.start, piece.start), min(span.end, piece.end)
        if (start, end) != (span.start, span.end):
            span = replace(span, start=start, end=end, text=piece.text[start - piece.start : end - piece.start])
        found.append(span.moved(piece.start))
    return found


def _translated(text: _Prepared, outcomes: Iterator[Outcome], options: Options) -> Translated:
    results = []
    places = [piece for piece in text.pieces if piece.translatable]
    for piece, sentence, known in zip(places, text.sentences, text.in_target, strict=True):
        left = known and options.skip_target
        outcome = Outcome(sentence.text, "whole") if left else next(outcomes)
        asked = tuple(replace(ask, text=unread.spelt(ask.text, options.unknown)) for ask in outcome.asked)
        results.append(_result(piece, replace(outcome, asked=asked), known))
    joined = join(text.pieces, [result.text for result in results], options.target)
    return Translated(joined, tuple(results))


def _result(piece: Piece, outcome: Outcome, known: bool) -> SentenceResult:
    note: Note | None = "in_target" if known else "unchanged" if is_unchanged(piece.text, outcome.text) else None
    return SentenceResult(
        piece.start, piece.end, piece.text, outcome.text, outcome.way, outcome.missing, note, outcome.asked
    )
