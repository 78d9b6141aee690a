"""Bytes of files as text: UTF-8 alone, and what to do about any other."""

from __future__ import annotations

from trunkline import DataError

_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def decoded(data: bytes, file: str | None) -> str:
    """Decode UTF-8, a byte order mark kept; no `file` is standard input.

    Raises `DataError` with the line and the byte that is none, and how to convert it.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        kind = "UTF-16" if data.startswith(_UTF16) else "WINDOWS-1252"
        problem = f"{file or 'standard input'}:{line}: not UTF-8: byte 0x{data[error.start]:02x}"
        command = f"iconv -f {kind} -t UTF-8" + (f" {file} > utf8-{file}" if file else "")
        raise DataError([problem], f"Convert it, if it is {kind}: {command}") from error
