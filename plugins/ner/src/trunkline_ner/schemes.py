"""Tag schemes: from a tag for each token to spans of tokens, and back.

A tag is `O`, a prefix and a label (`B-person`), or in the scheme IO the label alone. Reading needs no scheme: IOB1,
IOB2, BILOU and BIOES (and BMES, BMEWO) never give one sequence two meanings, since `B`, `U`, `S` always open an entity
and an `I` that continues none opens one as well. That is how CoNLL's own script and seqeval's default mode read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

OUTSIDE = "O"

Span = tuple[int, int, str]
"""First token, the token after the last, label."""

_ROLES = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S", "W": "S"}


class Scheme(StrEnum):
    """How tags mark where entities begin and end."""

    IO = "IO"  # labels alone; neighbours of one label are one entity
    IOB1 = "IOB1"  # B only where an entity follows another of its label; any sequence of I and B can be read
    IOB2 = "IOB2"  # B opens every entity
    BILOU = "BILOU"  # L closes an entity, U is an entity of one token
    BIOES = "BIOES"  # the same with E and S


def role(tag: str) -> tuple[str, str]:
    """Give (O, B, I, E or S; label): what a tag says in any scheme. A label alone continues: I."""
    if tag == OUTSIDE:
        return OUTSIDE, ""
    if is_prefixed(tag):
        return _ROLES[tag[0]], tag[2:]
    return "I", tag


def is_prefixed(tag: str) -> bool:
    return len(tag) > 2 and tag[1] == "-" and tag[0] in _ROLES


def detect(tags: Iterable[str]) -> Scheme:
    """Tell the scheme from the tags that occur. IOB1 stands for IOB2 as well: a set of tags cannot tell them apart.

    Raises `ValueError` that names the tag at fault where tags with and without prefix are mixed.
    """
    known = sorted({tag for tag in tags if tag != OUTSIDE})
    prefixed = [tag for tag in known if is_prefixed(tag)]
    if not prefixed:
        return Scheme.IO
    for tag in known:
        if not is_prefixed(tag):
            raise ValueError(f"the tag {tag!r} has no prefix as in {prefixed[0]!r}, which occurs too")
    letters = {tag[0] for tag in known}
    if letters & set("LU"):
        return Scheme.BILOU
    return Scheme.BIOES if letters & set("ESMW") else Scheme.IOB1


def spans(tags: Sequence[str]) -> list[Span]:
    """Read the entities that a sequence of tags marks; an entity that is never closed ends with its last token."""
    found: list[Span] = []
    first, label = 0, ""  # the open entity; no label: none is open
    for index, tag in enumerate(tags):
        part, named = role(tag)
        continues = part in ("I", "E") and named == label
        if label and not continues:
            found.append((first, index, label))
            label = ""
        if named and not label:
            first, label = index, named
        if part in ("E", "S"):
            found.append((first, index + 1, label))
            label = ""
    if label:
        found.append((first, len(tags), label))
    return found


def tags(entities: Iterable[Span], length: int, scheme: Scheme = Scheme.IOB2) -> list[str]:
    """Write entities, in order and without overlap, as `length` tags of `scheme`."""
    written = [OUTSIDE] * length
    end, last = 0, ""
    for first, stop, label in entities:
        touches = first == end and label == last
        written[first:stop] = [_tag(i - first, stop - first, label, scheme, touches) for i in range(first, stop)]
        end, last = stop, label
    return written


def _tag(position: int, length: int, label: str, scheme: Scheme, touches: bool) -> str:
    """Give the tag of the token at `position` of an entity that may touch another of its label."""
    if scheme is Scheme.IO:
        return label
    if scheme is Scheme.IOB1:
        return f"{'B' if touches and position == 0 else 'I'}-{label}"
    if scheme is Scheme.IOB2:
        return f"{'I' if position else 'B'}-{label}"
    last, single = ("L", "U") if scheme is Scheme.BILOU else ("E", "S")
    if length == 1:
        return f"{single}-{label}"
    if position == length - 1:
        return f"{last}-{label}"
    return f"{'I' if position else 'B'}-{label}"
