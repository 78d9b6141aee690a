"""The messages of a gettext PO file, each string with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from trunkline import DataError

_LINES = re.compile(r"([^\r\n]*)(?:\r\n|[\n\r]|\Z)")
_KEYWORD = re.compile(r"\s*(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d{1,2})\])?\s*(?=\")")
_QUOTED = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*')
_ESCAPED = re.compile(r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.))")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", '"': '"', "\\": "\\"}
_FOLLOWS = {
    "msgctxt": (),
    "msgid": ("msgctxt",),
    "msgid_plural": ("msgid",),
    "msgstr": ("msgid", "msgid_plural", "msgstr"),
}


@dataclass(slots=True)
class String:
    """A keyword's string: its code points [start, end) from the keyword on, its first line, its value in parts."""

    keyword: str
    number: int
    start: int
    end: int
    line: int
    parts: list[str]

    @property
    def value(self) -> str:
        return "".join(self.parts)


@dataclass(slots=True)
class Message:
    """Strings that belong together; `flags_end` is where the line of flags ends, if there is one."""

    strings: list[String] = field(default_factory=list)
    flags: tuple[str, ...] = ()
    flags_end: int | None = None

    def value(self, keyword: str) -> str | None:
        return next((string.value for string in self.strings if string.keyword == keyword), None)


def messages(source: str) -> Iterator[Message]:
    """Give the messages in order, without obsolete ones. Raises `DataError` naming the line that cannot be read."""
    message, number = Message(), 0
    for number, match in enumerate(_LINES.finditer(source), 1):
        text = match.group(1).removeprefix("\ufeff") if number == 1 else match.group(1)
        start, end = match.end(1) - len(text), match.end(1)
        if text.lstrip().startswith("#"):
            if message.strings and not text.lstrip().startswith("#~"):
                yield _whole(message, number)
                message = Message()
            _flagged(message, text, end)
        elif text.strip() and not _continued(message, text, end, number):
            string = _string(text, start, end, number)
            if message.strings and string.keyword in ("msgctxt", "msgid") and message.strings[-1].keyword != "msgctxt":
                yield _whole(message, number)
                message = Message()
            _check_order(message, string)
            message.strings.append(string)
    if message.strings:
        yield _whole(message, number)


def _flagged(message: Message, text: str, end: int) -> None:
    if text.lstrip().startswith("#,"):
        message.flags = tuple(flag.strip() for flag in text.lstrip()[2:].split(","))
        message.flags_end = end


def _continued(message: Message, text: str, end: int, line: int) -> bool:
    """Add a line that is a quoted string alone to the string before it."""
    if not text.lstrip().startswith('"'):
        return False
    if not message.strings:
        raise _damaged(line, "a string without msgid or msgstr before it")
    string = message.strings[-1]
    string.parts.append(_value(text, line))
    string.end = end
    return True


def _string(text: str, start: int, end: int, line: int) -> String:
    found = _KEYWORD.match(text)
    if not found:
        raise _damaged(line, f"{text.strip()[:60]!r} is no msgid, msgstr, string or comment")
    return String(found.group(1), int(found.group(2) or 0), start, end, line, [_value(text[found.end() :], line)])


def _value(text: str, line: int) -> str:
    found = _QUOTED.fullmatch(text)
    if not found:
        raise _damaged(line, f"the string {text.strip()[:60]!r} is not closed, or something follows it")
    return _ESCAPED.sub(_sign, found.group(1))


def _sign(match: re.Match[str]) -> str:
    octal, hexadecimal, letter = match.groups()
    if letter is not None:
        return ESCAPES.get(letter, "\\" + letter)
    return chr(int(octal, 8) if octal else int(hexadecimal, 16))


def _check_order(message: Message, string: String) -> None:
    before = message.strings[-1].keyword if message.strings else None
    allowed = _FOLLOWS[string.keyword]
    if before not in allowed and not (before is None and string.keyword in ("msgctxt", "msgid")):
        raise _damaged(string.line, f"{string.keyword} cannot stand after {before or 'nothing'}")


def _whole(message: Message, line: int) -> Message:
    if message.strings[-1].keyword != "msgstr":
        raise _damaged(line, f"the message of line {message.strings[0].line} has no msgstr")
    return message


def _damaged(line: int, what: str) -> DataError:
    return DataError([f"line {line}: {what}"], "Correct the file; msgfmt --check tells more.")
