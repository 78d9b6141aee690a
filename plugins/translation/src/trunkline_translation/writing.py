"""Sentences that are being translated: wishes in words become prompts in tokens, and tokens become text."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline import HeadConfig, InvalidInput, Memory, StepDecoder, WholeAnswer
from trunkline_translation.languages import matching
from trunkline_translation.search import Hypothesis, Phrase, Prompt, Result, Sampling, Session
from trunkline_translation.vocabulary import Vocabulary

ROWS = 64
"""Sequences that are written at once: more gain little on a CPU, and each holds keys and values."""
SPARE = 50
GROWTH = 3
"""A translation may have so many tokens for each of the source, and some to spare, before it is cut."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How one sentence is to be translated; what is None is as the model's own settings say."""

    target_lang: str | None = None
    beams: int | None = None
    alternatives: int = 1
    length_penalty: float | None = None
    no_repeat_ngram_size: int | None = None
    max_length: int | None = None  # tokens
    sampling: Sampling | None = None
    phrases: tuple[tuple[str, ...], ...] = ()  # each must be in it, in one of these wordings


@dataclass(frozen=True, slots=True)
class Written:
    """One translation of a sentence."""

    text: str
    log_probability: float  # natural, of all its tokens together
    tokens: int  # that it has, its end among them
    finished: bool  # not cut at the longest length
    unplaced: tuple[int, ...] = ()  # which of the wish's phrases are not in it
    at_end: bool = False  # cut where the model itself ends, however long it might have been


class Writing:
    """A version's sentences in the making; the platform's `Generation`."""

    def __init__(self, decoder: StepDecoder, config: HeadConfig, vocabulary: Vocabulary) -> None:
        self._wording = Wording(config, vocabulary)
        self._vocabulary = vocabulary
        self._session: Session[Hashable, Any] = Session(
            decoder, config["decoder"]["vocabulary"], rows=ROWS, positions=self._wording.positions
        )

    @property
    def active(self) -> int:
        return self._session.active + self._session.waiting

    def add(self, key: Hashable, memory: Memory, prompt: Any) -> None:
        """Take a sentence in; `prompt` is a `Wish`. Raises `InvalidInput` for one that the model cannot follow."""
        self._session.add(key, memory, self._wording.prompt(prompt, len(memory)))

    def step(self) -> Sequence[tuple[Hashable, Any]]:
        finished = self._session.step()
        return [(key, self._told(one) if isinstance(one, Result) else one) for key, one in finished]

    def remove(self, key: Hashable) -> None:
        self._session.remove(key)

    def _told(self, result: Result) -> list[Written]:
        texts = self._vocabulary.decode([one.ids for one in result.hypotheses])
        longest = None if self._wording.positions is None else self._wording.positions - 1  # what starts it has one
        return [
            written_of(text, one, longest, one.unplaced) for text, one in zip(texts, result.hypotheses, strict=True)
        ]


def written_of(
    text: str, answer: Hypothesis | WholeAnswer, longest: int | None, unplaced: Sequence[int] = ()
) -> Written:
    """Tell of an answer in the words that it has; `longest` is how many tokens the model itself writes."""
    at_end = not answer.finished and longest is not None and len(answer.ids) >= longest
    tokens = len(answer.ids) + answer.finished
    return Written(text, answer.log_probability, tokens, answer.finished, tuple(unplaced), at_end)


class Wording:
    """What a version's wishes are in tokens."""

    def __init__(self, config: HeadConfig, vocabulary: Vocabulary) -> None:
        described = config["decoder"]
        self._tokens = described["tokens"]
        self._defaults = config.get("generation", {})
        self._languages: dict[str, int] = config.get("target_tokens", {})
        self._vocabulary = vocabulary
        learned = described.get("positions") == "learned"
        self.positions: int | None = described["max_positions"] if learned else None
        """The longest sequence that the decoder can read, if there is such a limit."""

    def prompt(self, wish: Wish, slots: int) -> Prompt:
        """Say it of a sentence whose source has so many slots. Raises `InvalidInput` for what cannot be followed."""
        tokens, own = self._tokens, self._defaults
        prefix = self._prefix(wish.target_lang)
        return Prompt(
            start=(tokens["start"],),
            eos=tokens["eos"],
            max_length=self._longest(wish, slots),
            prefix=prefix,
            beams=1 if wish.sampling else _first(wish.beams, own.get("num_beams"), 1),
            alternatives=wish.alternatives,
            length_penalty=_first(wish.length_penalty, own.get("length_penalty"), 1.0),
            early_stopping=own.get("early_stopping") or False,
            no_repeat_ngram_size=_first(wish.no_repeat_ngram_size, own.get("no_repeat_ngram_size"), 0),
            suppressed=tuple(tokens.get("forbidden", ())),
            sampling=wish.sampling,
            phrases=tuple(self._phrase(wordings) for wordings in wish.phrases),
        )

    def _longest(self, wish: Wish, slots: int) -> int:
        longest = wish.max_length or GROWTH * slots + SPARE
        return longest if self.positions is None else min(longest, self.positions)

    def _prefix(self, wanted: str | None) -> tuple[int, ...]:
        """Give the token of the target language, or the one that the model always opens with."""
        if wanted is not None and self._languages:
            found = matching(wanted, self._languages)
            if found is None:
                known = ", ".join(sorted(self._languages)[:20])
                raise InvalidInput(f"target_lang {wanted!r}: this model writes {known}")
            return (self._languages[found],)
        forced = self._tokens.get("forced_bos")
        return () if forced is None else (forced,)

    def _phrase(self, wordings: Sequence[str]) -> Phrase:
        """Give the ways to write a phrase in tokens: as a word of its own."""
        ways = {tuple(ids) for ids in self._vocabulary.encode(wordings)}
        return tuple(sorted(way for way in ways if way))


def _first(*values: Any) -> Any:
    return next(value for value in values if value is not None)
