"""Whole texts around a translator of sentences: splitting, what stays as it is, glossaries, notes. No model here."""

from __future__ import annotations

from trunkline_translation.text.cutting import Limits
from trunkline_translation.text.glossary import Found, Glossary, Term
from trunkline_translation.text.glossary_files import parse_glossary, read_glossary
from trunkline_translation.text.marks import Protected, protect, restore
from trunkline_translation.text.protected import Ask, Outcome, Sentence, drive, rounds, translate_protected
from trunkline_translation.text.recognition import is_in_target, is_unchanged
from trunkline_translation.text.spans import KINDS, Span, find_spans, kept_spans
from trunkline_translation.text.splitting import Piece, join, split
from trunkline_translation.text.translating import (
    Options,
    Passage,
    SentenceResult,
    Translated,
    text_rounds,
    translate_texts,
)

__all__ = [
    "KINDS",
    "Ask",
    "Found",
    "Glossary",
    "Limits",
    "Options",
    "Outcome",
    "Passage",
    "Piece",
    "Protected",
    "Sentence",
    "SentenceResult",
    "Span",
    "Term",
    "Translated",
    "drive",
    "find_spans",
    "is_in_target",
    "is_unchanged",
    "join",
    "kept_spans",
    "parse_glossary",
    "protect",
    "read_glossary",
    "restore",
    "rounds",
    "split",
    "text_rounds",
    "translate_protected",
    "translate_texts",
]
