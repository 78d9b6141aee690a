"""Gettext PO: messages without a translation get one; comments, order and wrapping of all else stay to the byte."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trunkline_translation.documents.document import Segment
from trunkline_translation.documents.gettext_messages import ESCAPES, Message, String, messages
from trunkline_translation.documents.plain import LINE_BREAK
from trunkline_translation.text import icu
from trunkline_translation.text.scripts import has_words

_WRITTEN = {sign: f"\\{letter}" for letter, sign in ESCAPES.items()}
_PLURALS = re.compile(r"nplurals\s*=\s*(\d+)")


def parse(source: str, *, overwrite: bool = False, mark_fuzzy: bool = False) -> Iterator[Segment]:
    """Give the messages whose translation is empty, or all of them to `overwrite` what is there.

    `mark_fuzzy` gives those that are translated the flag that asks people to look at them. Messages that have the flag
    keep it. Of a plural message the first form is translated from `msgid`, others from `msgid_plural`; a language's
    only form from `msgid_plural`. A message with ICU's choices is left to people. Raises
    `DataError` with the line that cannot be read.
    """
    plurals = 2
    ended = LINE_BREAK.search(source)
    ending = ended.group() if ended else "\n"
    for message in messages(source):
        said = message.value("msgid")
        if said and icu.has_choice(said):
            continue
        if said:
            yield from _segments(source, message, plurals, ending, overwrite=overwrite, mark_fuzzy=mark_fuzzy)
        else:
            found = _PLURALS.search(message.value("msgstr") or "")
            plurals = int(found.group(1)) if found else plurals


def encode(segment: Segment, translation: str) -> str:
    """Write the string as gettext does: a line of the file for each line of a translation of several."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", translation) or [""]
    quoted = [f'"{"".join(_WRITTEN.get(sign, sign) for sign in line)}"' for line in lines]
    return segment.prefix + (segment.ending.join(['""', *quoted]) if len(quoted) > 1 else quoted[0])


def _segments(
    source: str, message: Message, plurals: int, ending: str, *, overwrite: bool, mark_fuzzy: bool
) -> Iterator[Segment]:
    is_flagged = not mark_fuzzy or "fuzzy" in message.flags
    for string in message.strings:
        said = _said(message, string, plurals)
        if string.keyword == "msgstr" and (overwrite or not string.value) and has_words(said):
            start, flag = (string.start, "") if is_flagged else _flag(message, ending)
            is_flagged = True
            before = source[start : source.index('"', string.start)]
            yield Segment(
                start, string.end, said, "message", string.line, prefix=flag + before, always=True, ending=ending
            )


def _said(message: Message, string: String, plurals: int) -> str:
    """Give what a form is translated from."""
    plural = message.value("msgid_plural")
    is_singular = plural is None or (string.number == 0 and plurals > 1)
    return (message.value("msgid") if is_singular else plural) or ""


def _flag(message: Message, ending: str) -> tuple[int, str]:
    """Give where the flag is written, and how."""
    if message.flags_end is not None:
        return message.flags_end, ", fuzzy"
    return message.strings[0].start, f"#, fuzzy{ending}"
