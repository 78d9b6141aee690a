"""Requests and responses, validated; names are those of DeepL's and LibreTranslate's interfaces where they have one."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from trunkline import TaskRequest, TaskResponse
from trunkline_translation.languages import CODE

MOST_ALTERNATIVES = 10
MOST_BEAMS = 16
MOST_TOKENS = 1024
MOST_TERMS = 1000
TERM_CHARACTERS = 200

Format = Literal["text", "markdown", "html", "srt", "vtt", "po"]
Protected = Literal[
    "amount", "code", "control", "email", "emoji", "number", "path", "placeholder", "reference", "tag", "unknown", "url"
]
"""What is kept as it stands; the kinds that `text` finds."""
_LANGUAGE: Any = {"pattern": f"^{CODE}$", "max_length": 32}  # within Field, where the command line finds a plain text


def _left_out(value: Any) -> bool:
    return value is None


def _not_blank(term: str) -> str:
    if not term.strip():
        raise ValueError("it is blank: leave it out")
    return term


Term = Annotated[str, Field(min_length=1, max_length=TERM_CHARACTERS), AfterValidator(_not_blank)]


class TextSpan(BaseModel):
    """A part of the request's text, `text[start:end]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: int = Field(ge=0, description="first code point")
    end: int = Field(ge=1, description="the code point after the last")

    @model_validator(mode="after")
    def _is_not_empty(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"end: {self.end} is not behind the start, {self.start}")
        return self


class TranslationRequest(TaskRequest):
    """A text to translate, of any length: a sentence, or a whole document."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"text": "Your parcel has left our warehouse."},
                {
                    "text": "Your parcel has left our **warehouse**. Track it at https://example.com/{code}.",
                    "source_lang": "en",
                    "target_lang": "pt",
                    "format": "markdown",
                    "glossary": {"warehouse": "armazém"},
                    "alternatives": 2,
                },
            ]
        },
    )

    text: str = Field(description="what to translate; white space, line breaks and mark-up stay where they are")
    source_lang: str | None = Field(
        None,
        **_LANGUAGE,
        description="the text's language, such as en; default: the version's own, needed where it has several",
    )
    target_lang: str | None = Field(
        None,
        **_LANGUAGE,
        description="the translation's language, such as pt-BR; default: the version's own, needed likewise",
    )
    format: Format = Field("text", description="what the text is written in; its mark-up is kept")
    alternatives: int = Field(
        0, ge=0, le=MOST_ALTERNATIVES, description="how many further translations are given, best first"
    )
    beams: int | None = Field(
        None,
        ge=1,
        le=MOST_BEAMS,
        description="hypotheses that are followed at once, 1 is greedy; at least `alternatives` + 1 of them; "
        "default: the version's own",
    )
    length_penalty: float | None = Field(
        None, ge=-5, le=5, description="above the version's own, longer translations; below it, shorter ones"
    )
    no_repeat_ngram_size: int | None = Field(
        None, ge=0, le=20, description="no run of so many tokens occurs twice in a sentence; 0: it may"
    )
    max_length: int | None = Field(
        None,
        ge=2,
        le=MOST_TOKENS,
        description="tokens of a sentence's translation at most; default: the version's own",
    )
    temperature: float | None = Field(
        None, ge=0, le=2, description="above 0, translations are drawn by chance, the more freely the higher"
    )
    top_k: int | None = Field(None, ge=1, le=1000, description="draw from the likeliest so many tokens")
    top_p: float | None = Field(None, gt=0, le=1, description="draw from the likeliest tokens that make up this share")
    seed: int = Field(0, ge=0, le=2**32 - 1, description="of what is drawn: the same seed draws the same")
    glossary: dict[Term, Term] = Field(
        default={},
        max_length=MOST_TERMS,
        description="term -> translation, used wherever the term stands as a word of its own",
    )
    keep: list[str] = Field(default=[], max_length=MOST_TERMS, description="strings that are not translated")
    keep_spans: list[TextSpan] = Field(
        default=[], max_length=MOST_TERMS, description="parts of the text that are not translated; none overlaps"
    )
    protect: bool | Literal["all", "none"] | list[Protected] = Field(
        True, description="keep placeholders, addresses, numbers, mark-up and code as they stand: all, none, or these"
    )
    return_sentences: bool = Field(False, description="give each sentence with its translation too")

    @property
    def samples(self) -> bool:
        """Whether tokens are drawn: a temperature above 0, or `top_k` or `top_p` without one."""
        if self.temperature is not None:
            return self.temperature > 0
        return self.top_k is not None or self.top_p is not None

    @field_validator("keep")
    @classmethod
    def _none_is_blank(cls, strings: list[str]) -> list[str]:
        for index, string in enumerate(strings):
            if not string.strip():
                raise ValueError(f"string {index} is blank: leave it out")
            if len(string) > TERM_CHARACTERS:
                raise ValueError(f"string {index} has {len(string)} characters, the limit is {TERM_CHARACTERS}")
        return strings

    @field_validator("keep_spans")
    @classmethod
    def _in_order(cls, spans: list[TextSpan]) -> list[TextSpan]:
        spans = sorted(spans, key=lambda span: (span.start, span.end))
        for before, after in pairwise(spans):
            if after.start < before.end:
                told = f"{after.start} to {after.end} overlaps {before.start} to {before.end}"
                raise ValueError(f"{told}: give one span for both")
        return spans

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.keep_spans and self.keep_spans[-1].end > len(self.text):
            end = self.keep_spans[-1].end
            raise ValueError(f"keep_spans: {end} lies behind the text's {len(self.text)} characters")
        both = sorted(set(self.keep) & set(self.glossary))
        if both:
            raise ValueError(f"keep: {both[0]!r} is a term of the glossary too; leave it out of one of them")
        if self.samples and (self.beams or 1) > 1:
            raise ValueError(f"beams: {self.beams} beams and drawing by chance exclude each other; leave one out")
        idle = [name for name in ("top_k", "top_p", "seed") if getattr(self, name)]  # seed 0 is the default
        if idle and not self.samples:
            raise ValueError(f"{idle[0]}: nothing is drawn by chance; give a temperature above 0, or leave it out")
        return self


class Alternative(BaseModel):
    """Another translation of the whole text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    translation: str
    score: float = Field(description="as that of the best translation")


class TranslatedSentence(BaseModel):
    """A sentence of the text, `text[start:end]`, and its translation.

    In other formats than text, places are those of the passage it is in, counted without entities and escapes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: int = Field(description="its first code point in the request's text")
    end: int = Field(description="the code point after its last")
    source: str
    translation: str


class TranslationResponse(TaskResponse):
    """The translation of a text, in the text's own form."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "model": "translation/en-pt@1",
                    "translation": "A sua encomenda saiu do nosso armazém.",
                    "score": 0.81,
                    "source_lang": "en",
                    "target_lang": "pt",
                    "alternatives": [{"translation": "Seu pacote saiu do nosso armazém.", "score": 0.74}],
                }
            ]
        },
    )

    translation: str
    score: float = Field(
        description="the geometric mean of all tokens' probabilities, 0 to 1; 1 where there was nothing to translate"
    )
    source_lang: str | None = Field(None, exclude_if=_left_out, description="what it was translated from")
    target_lang: str | None = Field(None, exclude_if=_left_out, description="what it was translated to")
    alternatives: list[Alternative] = Field(default=[], description="further translations, best first")
    sentences: list[TranslatedSentence] | None = Field(
        None, exclude_if=_left_out, description="sentence by sentence, where `return_sentences` asks for them"
    )
    unplaced: list[str] = Field(
        default=[],
        description="terms of the glossary that the text has, but whose translation could not be placed",
    )
    notes: list[str] = Field(
        default=[], description="what is worth knowing: already in the target language, cut before its end"
    )
