"""Whole files through a translator of sentences."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from trunkline_translation.documents.declarations import said_in_language
from trunkline_translation.documents.document import Document, Segment
from trunkline_translation.documents.formats import write
from trunkline_translation.text import Ask, Options, Passage, Translated, drive, text_rounds
from trunkline_translation.text.protected import Translate

AT_ONCE = 2_000
"""Segments whose sentences are translated together."""


@dataclass(frozen=True, slots=True)
class TranslatedDocument:
    """The file's text in the target language, and the translation of each of its segments."""

    text: str
    segments: tuple[tuple[Segment, Translated], ...]


def translate_document(
    document: Document, translate: Translate, options: Options, at_once: int = AT_ONCE
) -> TranslatedDocument:
    """Translate a file; `translate` is called at most five times for every `at_once` segments."""
    return drive(document_rounds(document, options, at_once), translate)


def document_rounds(
    document: Document, options: Options, at_once: int = AT_ONCE
) -> Generator[list[Ask], Sequence[str], TranslatedDocument]:
    """Give what to translate, round by round, be sent the translations in order, and return the file in the end."""
    done: list[Translated] = []
    for first in range(0, len(document.segments), at_once):
        segments = document.segments[first : first + at_once]
        done += yield from text_rounds([Passage(segment.text, segment.keep) for segment in segments], options)
    text = write(document, [translated.text for translated in done])
    text = said_in_language(document.format, text, options.source, options.target)
    return TranslatedDocument(text, tuple(zip(document.segments, done, strict=True)))
