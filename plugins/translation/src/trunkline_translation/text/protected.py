"""Sentences translated with what is to be kept in them, in rounds, each with all sentences that are not right yet.

Round 1 has marks in the place of spans; round 2 marks of another kind for those whose marks were lost, and marks for
numbers and terms that were; rounds 3 and 4 translate what is between the spans apart, 4 with every number cut out, so
that nothing can be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from trunkline_translation.text import numbers
from trunkline_translation.text.glossary import Found, Term, occurs
from trunkline_translation.text.marks import ADDRESSES, WORDS, Protected, parts, protect, restore
from trunkline_translation.text.scripts import has_words, is_unspaced
from trunkline_translation.text.seams import said_once
from trunkline_translation.text.spans import MARK_UP, Span, find_spans

Way = Literal["whole", "marks", "split"]
"""How a translation came to be: of the sentence as it is, with marks in it, or of parts."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A text to translate; `phrases` are to be in its translation, where the search can force them."""

    text: str
    phrases: tuple[str, ...] = ()


Result = TypeVar("Result")
Translate = Callable[[list[str]], Sequence[str]]
Rounds = Generator[list[Ask], Sequence[str], "list[Outcome]"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is to be translated, the spans in it that stay (sorted, apart), and the glossary's terms that occur."""

    text: str
    spans: tuple[Span, ...] = ()
    terms: tuple[Found, ...] = ()
    numbers: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """A translation, the way it went, and the terms whose translation could not be brought into it."""

    text: str
    way: Way
    missing: tuple[Term, ...] = ()


@dataclass(slots=True)
class _Job:
    sentence: Sentence
    best: Outcome | None = None
    lost_numbers: bool = False
    asked: Protected | None = None
    cut: list[tuple[str, bool]] = field(default_factory=list)

    def spans(self, *, with_numbers: bool, with_terms: bool) -> list[Span]:
        """Give the sentence's spans, and what of numbers and terms is asked for and free of them."""
        sentence = self.sentence
        spans = list(sentence.spans)
        if with_terms:
            spans += [found.span() for found in sentence.terms]
        if with_numbers:
            spans += numbers.find(sentence.text, spans)
        return sorted(spans, key=lambda span: span.start)

    def keep(self, text: str, way: Way, *, checked: bool = True) -> None:
        """Take a translation that is intact as the best, if it lacks fewer terms than what there was."""
        if checked and self.sentence.numbers and not numbers.kept(_expected(self.sentence), text):
            self.lost_numbers = True
            return
        terms = dict.fromkeys(found.term for found in self.sentence.terms)
        missing = tuple(term for term in terms if not occurs(term.target, text))
        if self.best is None or len(missing) < len(self.best.missing):
            self.best = Outcome(text, way, missing)


def translate_protected(texts: Sequence[str | Sentence], translate: Translate) -> list[Outcome]:
    """Translate each text with what is in it kept: of a string, all that `find_spans` finds.

    `translate` is called at most four times. Each outcome says which way was gone.
    """
    sentences = [Sentence(text, find_spans(text)) if isinstance(text, str) else text for text in texts]
    return drive(rounds(sentences), translate)


def drive(steps: Generator[list[Ask], Sequence[str], Result], translate: Translate) -> Result:
    """Answer what `steps` asks by `translate`; of equal texts in a round only one is translated."""
    try:
        asked = next(steps)
        while True:
            texts = list(dict.fromkeys(ask.text for ask in asked))
            known = dict(zip(texts, translate(texts), strict=True))
            asked = steps.send([known[ask.text] for ask in asked])
    except StopIteration as stopped:
        result: Result = stopped.value
        return result


def rounds(sentences: Sequence[Sentence]) -> Rounds:
    """Give what to translate, round by round, be sent the translations, and return the outcomes in order."""
    jobs = [
        _Job(sentence, None if _is_language(sentence) else Outcome(sentence.text, "whole")) for sentence in sentences
    ]
    yield from _marked([job for job in jobs if job.best is None], again=False)
    yield from _marked([job for job in jobs if _again(job)], again=True)
    yield from _split([job for job in jobs if job.best is None], every_number=False)
    yield from _split([job for job in jobs if job.best is None], every_number=True)
    return [job.best for job in jobs if job.best is not None]


def _is_language(sentence: Sentence) -> bool:
    return any(free and has_words(part) for part, free in parts(sentence.text, sentence.spans))


def _again(job: _Job) -> bool:
    return job.best is None or bool(job.best.missing)


def _marked(jobs: Iterable[_Job], *, again: bool) -> Generator[list[Ask], Sequence[str], None]:
    """Ask with marks, and keep what comes back whole."""
    asking = []
    for job in jobs:
        spans = job.spans(with_numbers=again and job.lost_numbers, with_terms=again)
        has_lost_marks = again and job.best is None and not job.lost_numbers
        job.asked = protect(job.sentence.text, spans, ADDRESSES if has_lost_marks else WORDS)
        if job.asked is not None:
            asking.append((job, job.asked))
    phrases = [() if again else _phrases(job.sentence) for job, _ in asking]
    answers = yield from _asked([Ask(asked.text, forced) for (_, asked), forced in zip(asking, phrases, strict=True)])
    for (job, asked), answer in zip(asking, answers, strict=True):
        text = restore(answer, asked)
        if text is not None:
            job.keep(text, "marks" if asked.marks else "whole")


def _split(jobs: Sequence[_Job], *, every_number: bool) -> Generator[list[Ask], Sequence[str], None]:
    """Ask for what is between the spans, and put it together: blanks around a part stay as they are."""
    for job in jobs:
        spans = job.spans(with_numbers=job.lost_numbers or every_number, with_terms=True)
        job.cut = parts(job.sentence.text, spans)
    asks = [Ask(part.strip()) for job in jobs for part, free in job.cut if free and has_words(part)]
    answers = iter((yield from _asked(asks)))
    for job in jobs:
        done = [_as_blanked(part, next(answers)) if free and has_words(part) else part for part, free in job.cut]
        done = said_once(job.cut, done, {span.text for span in job.sentence.spans if span.kind in MARK_UP})
        job.keep(_together([part for part, _ in job.cut], done), "split", checked=not every_number)


def _asked(asks: list[Ask]) -> Generator[list[Ask], Sequence[str], Sequence[str]]:
    return (yield asks) if asks else []


def _as_blanked(part: str, translation: str) -> str:
    lead = part[: len(part) - len(part.lstrip())]
    return lead + translation.strip() + part[len(part.rstrip()) :]


def _together(before: Sequence[str], after: Sequence[str]) -> str:
    """Join parts, with a space between words that touch only since the source's script has no spaces."""
    text = ""
    for number, part in enumerate(after):
        touching = number and (is_unspaced(before[number - 1][-1]) or is_unspaced(before[number][0]))
        if touching and all(sign.isalnum() and not is_unspaced(sign) for sign in (text[-1:], part[:1])):
            text += " "
        text += part
    return text


def _phrases(sentence: Sentence) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found.wanted for found in sentence.terms))


def _expected(sentence: Sentence) -> str:
    """Give the sentence with its terms' translations: digits in a term need not stay."""
    spans = [found.span() for found in sentence.terms]
    return "".join(part for part, _ in parts(sentence.text, spans))
