"""Lines of an input file one by one, each with what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from trunkline.data.text_file import LINE_CHARACTERS

_BOM = b"\xef\xbb\xbf"
_BETWEEN = re.compile(rb'[^",\t\r\n]+')  # what a table's quotes and delimiters stand between


@dataclass(frozen=True, slots=True)
class Line:
    """One line; where it cannot be read, its text is good for nothing but to see where a table's quotes are."""

    place: str  # texts.jsonl:17
    end: int  # bytes of the file up to its end
    text: str
    problem: str = ""


def lines(file: BinaryIO, path: Path) -> Iterator[Line]:
    """Give each line of an open file; only a line feed ends one: a text may hold U+2028."""
    end = 0
    for number, raw in enumerate(file, 1):
        end += len(raw)
        place = f"{path.name}:{number}"
        if len(raw) > LINE_CHARACTERS:
            problem = f"a line of {len(raw)} bytes; at most {LINE_CHARACTERS} are read"
            yield Line(place, end, _BETWEEN.sub(b"x", raw).decode(), problem)
            continue
        given = raw.removeprefix(_BOM) if number == 1 else raw
        try:
            yield Line(place, end, given.decode("utf-8"))
        except UnicodeDecodeError as error:
            problem = f"not UTF-8 at byte {error.start + 1} of the line: convert the file with iconv"
            yield Line(place, end, given.decode("utf-8", "replace"), problem)
