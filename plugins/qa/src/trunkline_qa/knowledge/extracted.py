"""A file's text and title, before it is known what they are for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trunkline import InvalidInput, MissingExtra

MOST_TITLE = 300
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a reader took out of a file."""

    text: str
    title: str | None = None


class Unreadable(InvalidInput):
    """A file of which no text can be taken: what is wrong, and what to do."""


def joined(text: str) -> str:
    """Take blanks off the ends of lines, and all but one of several empty lines."""
    lines = [line.strip() if line.startswith(" ") else line.rstrip() for line in text.split("\n")]
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join(line.removesuffix(" |") for line in kept).strip()


def title_of(text: str | None) -> str | None:
    """Give a heading as one line; None where nothing is left."""
    line = "".join(sign for sign in _BLANKS.sub(" ", text or "") if sign.isprintable()).strip()
    return line[:MOST_TITLE] or None


def needed(what: str) -> MissingExtra:
    """Make the error for a reader's library that is not installed."""
    return MissingExtra(f"{what} needs the extra 'documents': pip install 'trunkline-qa[documents]'")
