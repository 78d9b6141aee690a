"""Reading a text file: UTF-8 alone, with what is wrong said in bytes and lines."""

from __future__ import annotations

from pathlib import Path

from trunkline.errors import DataError

LINE_CHARACTERS = 8_000_000
"""A longer line is taken for a broken file: it is eight times the longest text that the engine takes."""

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_text(path: Path) -> str:
    """Give the file's text, byte order mark removed, line ends as they are.

    Raises `DataError` for an empty file, another encoding, a NUL, and a line over the limit.
    """
    text = decode(path.read_bytes(), path.name)
    if not text.strip():
        raise DataError([f"{path.name}: the file is empty"], "Give a file with one example a row.")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError([f"{path.name}:{line}: a NUL character"], "Is this a text file? tr -d '\\000' removes them.")
    _check_lines(text, path.name)
    return text


def decode(data: bytes, name: str) -> str:
    """Decode UTF-8. Raises `DataError` that names the first wrong byte and the way out."""
    start = len(_BOM) if data.startswith(_BOM) else 0
    try:
        return data[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        position = start + error.start
        raise not_utf8(name, data, position) from error


def not_utf8(name: str, data: bytes, position: int) -> DataError:
    """Make the error for a byte that is not UTF-8, with the command that converts the file."""
    source = "UTF-16" if data.startswith(_UTF16) else "WINDOWS-1252"
    line = data.count(b"\n", 0, position) + 1
    problem = f"{name}:{line}: not UTF-8: byte 0x{data[position]:02x} at byte position {position}"
    return DataError([problem], f"Convert it, if it is {source}: iconv -f {source} -t UTF-8 {name} > utf8-{name}")


def _check_lines(text: str, name: str) -> None:
    start, number = 0, 1
    while len(text) - start > LINE_CHARACTERS:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if end - start > LINE_CHARACTERS:
            problem = f"{name}:{number}: the line has {end - start:,} characters, the limit is {LINE_CHARACTERS:,}"
            raise DataError([problem], "Put each example on a line of its own, and split what is too long.")
        start, number = end + 1, number + 1
