"""Sentences translated with what is to be kept in them, in rounds, each with all sentences that are not right yet.

Round 1 has marks in the place of spans; round 2 marks of another kind for those whose marks were lost, and marks for
numbers that were and for terms; rounds 3 and 4 translate what is between the spans apart, 4 with every number cut out,
so that nothing can be lost. Round 5 places the terms that a translation has not said by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from trunkline_translation.text import numbers
from trunkline_translation.text.glossary import Found, Term, occurs
from trunkline_translation.text.marks import ADDRESSES, WORDS, Protected, parts, protect, restore
from trunkline_translation.text.placing import agrees, cased, is_sound
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
    """A translation, the way it went, the terms whose translation could not be brought into it, and what was asked."""

    text: str
    way: Way
    missing: tuple[Term, ...] = ()
    asked: tuple[Ask, ...] = ()


@dataclass(slots=True)
class _Job:
    sentence: Sentence
    best: Outcome | None = None
    lost_numbers: bool = False
    cut: list[tuple[str, bool]] = field(default_factory=list)

    def spans(self, *, with_numbers: bool, terms: Sequence[Found] = ()) -> list[Span]:
        """Give the sentence's spans, those of `terms`, and its numbers where they are asked for and free of them."""
        sentence = self.sentence
        spans = [*sentence.spans, *(found.span() for found in terms)]
        if with_numbers:
            spans += numbers.find(sentence.text, spans)
        return sorted(spans, key=lambda span: span.start)

    def keep(self, text: str, way: Way, asked: Sequence[Ask], *, checked: bool = True) -> None:
        """Take a translation that is intact as the best, if it lacks fewer terms than what there was."""
        if checked and self.sentence.numbers and not numbers.kept(_expected(self.sentence), text):
            self.lost_numbers = True
            return
        terms = dict.fromkeys(found.term for found in self.sentence.terms)
        missing = tuple(term for term in terms if not occurs(term.target, text))
        if self.best is None or len(missing) < len(self.best.missing):
            self.best = Outcome(text, way, missing, tuple(asked))


def translate_protected(texts: Sequence[str | Sentence], translate: Translate) -> list[Outcome]:
    """Translate each text with what is in it kept: of a string, all that `find_spans` finds.

    `translate` is called at most five times. Each outcome says which way was gone.
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
    yield from _marked([job for job in jobs if job.best is None], again=True)
    yield from _split([job for job in jobs if job.best is None], every_number=False)
    yield from _split([job for job in jobs if job.best is None], every_number=True)
    yield from _placed([(job, job.best) for job in jobs if job.best is not None and job.best.missing])
    return [job.best for job in jobs if job.best is not None]


def _is_language(sentence: Sentence) -> bool:
    return any(free and has_words(part) for part, free in parts(sentence.text, sentence.spans))


def _marked(jobs: Iterable[_Job], *, again: bool) -> Generator[list[Ask], Sequence[str], None]:
    """Ask with marks, and keep what comes back whole."""
    asking = []
    for job in jobs:
        spans = job.spans(with_numbers=again and job.lost_numbers, terms=job.sentence.terms if again else ())
        asked = protect(job.sentence.text, spans, ADDRESSES if again and not job.lost_numbers else WORDS)
        if asked is not None:
            asking.append((job, asked))
    asks = [Ask(asked.text) for _, asked in asking]
    answers = yield from _asked(asks)
    for (job, asked), ask, answer in zip(asking, asks, answers, strict=True):
        text = restore(answer, asked)
        if text is not None:
            job.keep(text, _way(asked), [ask])


def _placed(jobs: Sequence[tuple[_Job, Outcome]]) -> Generator[list[Ask], Sequence[str], None]:
    """Ask for the missing terms by force and by marks; keep what is forced if marks came out in the same places."""
    lacking = [tuple(found for found in job.sentence.terms if found.term in free.missing) for job, free in jobs]
    tries = [list(_tries(job, terms)) for (job, _), terms in zip(jobs, lacking, strict=True)]
    answers = iter((yield from _asked([ask for one in tries for _, ask in one])))
    for (job, free), terms, asked in zip(jobs, lacking, tries, strict=True):
        said = [(restore(next(answers), marked), marked, ask) for marked, ask in asked]
        source = job.sentence.text
        whole = [(cased(text, source, terms), _way(marked), ask) for text, marked, ask in said if text is not None]
        guides = [one for one in whole if not one[2].phrases and is_sound(one[0], free.text, terms)]
        forced = [one for one in whole if one[2].phrases and any(agrees(one[0], guide[0], terms) for guide in guides)]
        for text, way, ask in forced + guides:
            job.keep(text, way, [ask])


def _tries(job: _Job, terms: Sequence[Found]) -> Iterator[tuple[Protected, Ask]]:
    """Give the sentence to be written with its terms by force, then with marks of each kind in their places."""
    phrases = tuple(dict.fromkeys(found.wanted for found in terms))
    for within, styles, forced in (((), WORDS, phrases), (terms, WORDS, ()), (terms, ADDRESSES, ())):
        marked = protect(job.sentence.text, job.spans(with_numbers=job.lost_numbers, terms=within), styles)
        if marked is not None:
            yield marked, Ask(marked.text, forced)


def _split(jobs: Sequence[_Job], *, every_number: bool) -> Generator[list[Ask], Sequence[str], None]:
    """Ask for what is between the spans, and put it together: blanks around a part stay as they are."""
    for job in jobs:
        spans = job.spans(with_numbers=job.lost_numbers or every_number, terms=job.sentence.terms)
        job.cut = parts(job.sentence.text, spans)
    asks = [[Ask(part.strip()) for part, free in job.cut if free and has_words(part)] for job in jobs]
    answers = iter((yield from _asked([ask for one in asks for ask in one])))
    for job, asked in zip(jobs, asks, strict=True):
        done = [_as_blanked(part, next(answers)) if free and has_words(part) else part for part, free in job.cut]
        done = said_once(job.cut, done, {span.text for span in job.sentence.spans if span.kind in MARK_UP})
        job.keep(_together([part for part, _ in job.cut], done), "split", asked, checked=not every_number)


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


def _way(marked: Protected) -> Way:
    return "marks" if marked.marks else "whole"


def _expected(sentence: Sentence) -> str:
    """Give the sentence with its terms' translations: digits in a term need not stay."""
    spans = [found.span() for found in sentence.terms]
    return "".join(part for part, _ in parts(sentence.text, spans))
