"""Parts of a sentence that were translated apart: a small word that both sides of a seam have is said once."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_LAST = re.compile(r"(?<!\w)([^\W\d_]{1,3})\s*\Z")
_ALONE = re.compile(r"(\s*)([^\W\d_]{1,3}) \2(\s*)")
_FIRST = re.compile(r"\s*([^\W\d_]{1,3})\s+(?=\w)")

Part = tuple[str, bool]
"""A part of the source, and whether it was translated."""


def said_once(before: Sequence[Part], after: Sequence[str], mark_up: Collection[str]) -> list[str]:
    """Drop the first word of a part where it is the last of the one before, of three letters at most.

    `after` are the parts of `before` as translated. Only `mark_up` may lie between the two, and the source must not
    have a word twice there either. A part that is this word alone stays; of a part of one word that was translated to
    it twice ("and" to "e e") one goes.
    """
    done, last = list(after), -1
    for number, (source, free) in enumerate(before):
        if not free:
            last = last if source in mark_up else -1
            continue
        if not source.strip():
            continue
        if len(source.split()) == 1:
            done[number] = _ALONE.sub(r"\1\2\3", done[number]) if _ALONE.fullmatch(done[number]) else done[number]
        if last >= 0 and _doubled(done[last], done[number]) and not _same(before[last][0], source):
            found = _FIRST.match(done[number])
            if found:
                done[number] = done[number][: found.start(1)] + done[number][found.end() :]
        last = number
    return done


def _same(left: str, right: str) -> bool:
    """Tell whether the last word of `left` is the first of `right`."""
    return left.split()[-1:] == right.split()[:1]


def _doubled(left: str, right: str) -> bool:
    ends, begins = _LAST.search(left[-8:]), _FIRST.match(right)
    return ends is not None and begins is not None and ends.group(1) == begins.group(1)
