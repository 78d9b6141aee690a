"""TMX, translation memories: `tu` of `tuv`, each with a language and a `seg`; versions 1.1 to 1.4b and 2.0.

https://www.gala-global.org/tmx-14b. No entity is ever declared or fetched: a file that declares one is refused.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from trunkline import DataError
from trunkline_translation.parallel.units import Rows, Unit, rows_of

_SNIFFED = 4096  # bytes
_CHUNK = 1 << 20  # bytes
_NATIVE = {"bpt", "ept", "ph", "it", "ut"}  # inline elements that hold code of the file's first format, and no text
_BROKEN_LINE = re.compile(r"[ \t\r]*\n[ \t\r\n]*")
_UNKNOWN_ENCODING = expat.errors.codes[expat.errors.XML_ERROR_UNKNOWN_ENCODING]
_REMEDY = "TMX is <tmx> of <tu>, each of <tuv xml:lang> with a <seg>."


def reads(path: Path) -> bool:
    """Tell whether `path` is a TMX file, plain or gzip: by its name, else by how it begins."""
    if not path.is_file():
        return False
    if path.name.lower().endswith((".tmx", ".tmx.gz")):
        return True
    with path.open("rb") as file:
        return b"<tmx" in file.read(_SNIFFED).replace(b"\0", b"")  # UTF-16 too


def read(path: Path, pair: str | None = None) -> Rows:
    """Give a row for each `tu`: of the languages of `pair`, else of the only two, the header's `srclang` the source.

    Further segments in the target's language become `references`. Raises `DataError` with every bad `tu`, and the
    rows before and around it.
    """
    reader = _Reader(path.name)
    with _opened(path) as file:
        try:
            for chunk in iter(lambda: file.read(_CHUNK), b""):
                reader.feed(chunk)
            reader.close()
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError([f"{path.name}: not a whole gzip file: {error}"], "Was it copied in full?") from error
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            reader.problems.append(f"{path.name}:{error.lineno}: not well-formed XML: {reason}")
    if not reader.units:
        raise DataError(reader.problems or [f"{path.name}: no <tu> in it"], _REMEDY)
    problems = reader.problems
    rows = rows_of(reader.units, path.name, pair, reader.source, problems)
    if problems:
        raise DataError(problems, _REMEDY, rows)
    return rows


def _opened(path: Path) -> BinaryIO:
    return gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb")  # type: ignore[return-value]


class _Reader:
    """Collects units while expat reads; what is wrong with one goes to `problems`."""

    def __init__(self, name: str) -> None:
        self.units: list[Unit] = []
        self.problems: list[str] = []
        self.source: str | None = None  # the header's srclang
        self._name = name
        self._line = 0  # of the open <tu>
        self._wrong = ""  # what is wrong with it
        self._texts: dict[str, list[str]] = {}
        self._language: str | None = None
        self._text: list[str] | None = None  # of the open <seg>
        self._native = 0  # depth of elements within inline code
        self._top = True
        self._encoding = ""  # that the file declares
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declaration
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._entity
        parser.SkippedEntityHandler = self._skipped

    def feed(self, chunk: bytes) -> None:
        """Read on. Raises `DataError` where the file declares an encoding that the parser does not have."""
        try:
            self._parser.Parse(chunk, False)
        except (LookupError, ValueError) as error:  # unknown, of several bytes, or no encoding of text
            raise self._unreadable() from error
        except expat.ExpatError as error:
            if error.code == _UNKNOWN_ENCODING:
                raise self._unreadable() from error
            raise

    def close(self) -> None:
        self._parser.Parse(b"", True)

    def _start(self, tag: str, given: Mapping[str, str]) -> None:
        if self._top and tag != "tmx":
            raise DataError([f"{self._name}: not TMX: its first element is <{tag[:40]}>"], _REMEDY)
        self._top = False
        if self._text is not None:
            self._native += bool(self._native) or tag in _NATIVE
        elif tag == "tu":
            self._line, self._wrong, self._texts = self._parser.CurrentLineNumber, "", {}
        elif tag == "tuv":
            self._language = given.get("xml:lang", given.get("lang"))
            if not self._language:
                self._wrong = "a <tuv> without xml:lang"
        elif tag == "seg":
            self._text = []
        elif tag == "header" and given.get("srclang", "*all*") != "*all*":
            self.source = given["srclang"]

    def _end(self, tag: str) -> None:
        if self._native:
            self._native -= 1
        elif tag == "seg" and self._text is not None:
            text = _BROKEN_LINE.sub(" ", "".join(self._text)).strip(" \t")
            if self._language:
                self._texts.setdefault(self._language, []).append(text)
            self._text = None
        elif tag == "tu":
            self._finish()

    def _finish(self) -> None:
        place = f"{self._name}:{self._line}"
        if self._wrong:
            self.problems.append(f"{place}: {self._wrong}")
        else:
            self.units.append(Unit(place, self._texts))

    def _characters(self, text: str) -> None:
        if self._text is not None and not self._native:
            self._text.append(text)

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self._encoding = encoding or ""

    def _unreadable(self) -> DataError:
        problem = f"{self._name}:1: the encoding that the file declares, {self._encoding[:40]!r}, cannot be read here"
        return DataError([problem], 'Convert it to UTF-8, as iconv does, and declare that: <?xml version="1.0"?>')

    def _entity(self, name: str, *_: object) -> None:
        place = f"{self._name}:{self._parser.CurrentLineNumber}"
        problem = f"{place}: the file declares an entity, {name[:40]!r}, which a translation memory has no need of"
        raise DataError([problem], "Write the characters themselves, and remove the declaration.")

    def _skipped(self, name: str, _: bool) -> None:
        self._wrong = f"an entity that is not declared: &{name[:40]};"
