"""Reading what people type into options: pairs, numbers or words, lines of standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Literal

from trunkline.errors import DataError, InvalidInput

MEANT = "[task/]name: its newest version; name@production: the promoted one; name@number: that one."
"""What a reference means, as help says it."""


def columns_of(pairs: Sequence[str]) -> dict[str, str]:
    """Read `label=category` pairs as field -> column. Raises `InvalidInput`."""
    columns: dict[str, str] = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not (field and equals and column):
            raise InvalidInput(f"--column {pair!r}: write FIELD=COLUMN, such as label=category")
        if columns.setdefault(field, column) != column:
            raise InvalidInput(f"--column {field}: given twice, as {columns[field]!r} and {column!r}")
    return columns


def fork_layer(text: str | None) -> int | Literal["auto"] | None:
    """Read a layer's number or the word `auto`. Raises `InvalidInput`."""
    if text is None:
        return None
    if text == "auto":
        return "auto"
    if text.isascii() and text.isdigit():
        return int(text[:9])
    raise InvalidInput(f"--fork-layer {text!r}: give a layer's number or auto")


def share_or_file(text: str) -> float | str:
    """Read a fraction between 0 and 1, or else a file's name."""
    try:
        share = float(text)
    except ValueError:
        return text
    if not 0 < share < 1:
        raise InvalidInput(f"--dev {text}: a share lies between 0 and 1; or name a file")
    return share


def expected_number(text: str) -> int | None:
    """Read what an alias is expected to point at: a version's number, or `none`. Raises `InvalidInput`."""
    if text == "none":
        return None
    if text.isascii() and text.isdigit():
        return int(text[:18])
    raise InvalidInput(f"--expect {text!r}: give a version's number, or none")


def texts_of(arguments: Sequence[str]) -> list[str]:
    """Give the texts, `-` standing for the lines of standard input. Raises `DataError` for other encodings."""
    texts: list[str] = []
    for number, argument in enumerate(arguments, 1):
        texts += _lines() if argument == "-" else [checked(argument, f"text {number}")]
    return texts


def checked(argument: str, what: str) -> str:
    """Return `argument` unchanged. Raises `DataError` for bytes that are no UTF-8; Python reads such as surrogates."""
    try:
        argument.encode("utf-8")
    except UnicodeEncodeError as error:
        byte = ord(argument[error.start]) & 0xFF
        place = f"{what}: not UTF-8 at character {error.start}: byte 0x{byte:02x}"
        raise DataError([place], "Give it in UTF-8, as a terminal with LANG=C.UTF-8 does.") from None
    return argument


def _lines() -> list[str]:
    lines = []
    for number, line in enumerate(sys.stdin.buffer, 1):
        try:
            lines.append(line.decode("utf-8").rstrip("\r\n"))
        except UnicodeDecodeError as error:
            place = f"standard input:{number}: byte {error.start} is not UTF-8"
            raise DataError([place], "Save it as UTF-8 first.") from None
    return lines
