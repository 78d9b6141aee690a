"""Files by their formats: which there are, and how each is read and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trunkline import DataError, InvalidInput
from trunkline_translation.documents import gettext, html, markdown, plain, subtitles
from trunkline_translation.documents.declarations import said_in_utf8
from trunkline_translation.documents.document import Document, Encode, Segment, spliced
from trunkline_translation.encoding import decoded


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read: `wrapped` plain text has line breaks within sentences; the others are for gettext."""

    wrapped: bool = False
    overwrite: bool = False
    mark_fuzzy: bool = False


@dataclass(frozen=True, slots=True)
class _Format:
    suffixes: tuple[str, ...]
    parse: Callable[[str, Reading], Iterator[Segment]]
    encode: Encode


_FORMATS: Mapping[str, _Format] = {
    "text": _Format((".txt", ".text"), lambda text, how: plain.parse(text, wrapped=how.wrapped), plain.encode),
    "markdown": _Format((".md", ".markdown"), lambda text, how: markdown.parse(text), markdown.encode),
    "html": _Format((".html", ".htm", ".xhtml"), lambda text, how: html.parse(text), html.encode),
    "srt": _Format((".srt",), lambda text, how: subtitles.parse_srt(text), subtitles.encode),
    "vtt": _Format((".vtt",), lambda text, how: subtitles.parse_vtt(text), subtitles.encode),
    "po": _Format(
        (".po", ".pot"),
        lambda text, how: gettext.parse(text, overwrite=how.overwrite, mark_fuzzy=how.mark_fuzzy),
        gettext.encode,
    ),
}
FORMATS = tuple(_FORMATS)
SUFFIXES = {suffix: name for name, form in _FORMATS.items() for suffix in form.suffixes}


def format_of(path: Path | str) -> str:
    """Tell a file's format by its suffix. Raises `InvalidInput`, listing the formats, for one that is not known."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        known = "; ".join(f"{name} ({', '.join(form.suffixes)})" for name, form in _FORMATS.items())
        raise InvalidInput(f"{Path(path).name}: no format has the suffix {suffix!r}; name one with --format: {known}")
    return SUFFIXES[suffix]


def parse(source: str, form: str, reading: Reading | None = None, name: str = "") -> Document:
    """Find the segments of a text in format `form`.

    Raises `InvalidInput` for an unknown format, `DataError` naming the line of a damaged file (`name` goes before it),
    `MissingExtra` where the format's library is not installed.
    """
    if form not in _FORMATS:
        raise InvalidInput(f"no format is called {form!r}; known: {', '.join(FORMATS)}")
    try:
        return Document(form, source, tuple(_FORMATS[form].parse(source, reading or Reading())))
    except DataError as error:
        problems = [f"{name}: {problem}" if name else problem for problem in error.problems]
        raise DataError(problems, error.remedy) from error


def read(path: Path | str, form: str | None = None, reading: Reading | None = None) -> Document:
    """Read a file, by default in the format of its suffix. Raises as `parse` does; UTF-8 is asked for."""
    path = Path(path)
    if path.is_dir():
        raise InvalidInput(f"{path} is a folder: name its files, such as {path / '*.md'}")
    form = form or format_of(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError([f"{path.name}: cannot be read: {error.strerror or error}"]) from error
    return of_bytes(data, path.name, form, reading)


def of_bytes(data: bytes, name: str | None, form: str, reading: Reading | None = None) -> Document:
    """Read a file's bytes; no `name` is standard input. Where it declares another character set, it says UTF-8 now."""
    return parse(said_in_utf8(form, decoded(data, name)), form, reading, name or "standard input")


def write(document: Document, translations: Sequence[str]) -> str:
    """Give the file's text with `translations` (one for each segment) in their places, all else to the byte.

    Raises `InvalidInput` for another number of translations. Write it with `newline=""`: its line breaks are its own.
    """
    return spliced(document, translations, _FORMATS[document.format].encode)
