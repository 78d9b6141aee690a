"""Files as segments to translate, and back with all else to the byte: text, Markdown, HTML, subtitles, gettext."""

from __future__ import annotations

from trunkline_translation.documents.document import Document, Segment
from trunkline_translation.documents.formats import FORMATS, SUFFIXES, Reading, format_of, of_bytes, parse, read, write
from trunkline_translation.documents.translating import TranslatedDocument, document_rounds, translate_document

__all__ = [
    "FORMATS",
    "SUFFIXES",
    "Document",
    "Reading",
    "Segment",
    "TranslatedDocument",
    "document_rounds",
    "format_of",
    "of_bytes",
    "parse",
    "read",
    "translate_document",
    "write",
]
