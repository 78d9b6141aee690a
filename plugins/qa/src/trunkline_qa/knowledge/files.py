"""Files and folders to documents and FAQ pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from trunkline import DataError
from trunkline_qa.knowledge.documents import MOST_CHARACTERS, MOST_ID, Document, FAQPair
from trunkline_qa.knowledge.extracted import Extracted, Unreadable
from trunkline_qa.knowledge.html import read_html
from trunkline_qa.knowledge.markdown import read_markdown
from trunkline_qa.knowledge.pdf import read_pdf
from trunkline_qa.knowledge.tables import read_rows, told

MOST_BYTES = 4 * MOST_CHARACTERS
"""Of a text, Markdown or HTML file."""
MOST_BYTES_PDF = 200_000_000  # pictures included
MOST_BYTES_TABLE = 1_000_000_000  # of rows, which are read into memory


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        source = "UTF-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "WINDOWS-1252"
        raise Unreadable(
            f"not UTF-8: byte 0x{data[error.start]:02x} at byte position {error.start}; "
            f"convert it, if it is {source}, by iconv -f {source} -t UTF-8"
        ) from error


_READERS: Mapping[str, tuple[Callable[[bytes], Extracted], int]] = {
    ".txt": (lambda data: Extracted(_text(data)), MOST_BYTES),
    ".text": (lambda data: Extracted(_text(data)), MOST_BYTES),
    ".md": (lambda data: read_markdown(_text(data)), MOST_BYTES),
    ".markdown": (lambda data: read_markdown(_text(data)), MOST_BYTES),
    ".html": (read_html, MOST_BYTES),
    ".htm": (read_html, MOST_BYTES),
    ".pdf": (read_pdf, MOST_BYTES_PDF),
}
_TABLES = frozenset((".csv", ".tsv", ".jsonl", ".ndjson", ".json"))
SUFFIXES = (*_READERS, *sorted(_TABLES))
_KNOWN = f"Known are {', '.join(SUFFIXES)}."


def read_files(paths: Iterable[Path | str]) -> list[Document | FAQPair]:
    """Read files, and the files of known suffixes in folders and below; what begins with a dot is left out there.

    A document is called by its path from the folder that was given on, that folder's own name first; a file that was
    given by itself by its folder's name and its own. So it is called alike from wherever it is added. Raises
    `DataError` with every file and row that cannot be used, `MissingExtra` where a reader's library is not installed.
    """
    items: list[Document | FAQPair] = []
    problems: list[str] = []
    places: dict[str, str] = {}  # id to file
    for name, path in named_files(paths, problems):
        try:
            found = read_file(path, name)
        except DataError as error:
            problems += error.problems
            continue
        problems += _twice(found, name, places)
        items += found
    if problems:
        raise DataError(problems, "Nothing was added: correct these files or leave them out.")
    if not items:
        raise DataError(["no file of a known kind"], _KNOWN)
    return items


def read_file(path: Path, name: str) -> list[Document | FAQPair]:
    """Read one file; `name` is its document's id, or the beginning of those of its rows. Raises `DataError`."""
    suffix = path.suffix.lower()
    try:
        if suffix in _TABLES:
            _check_size(path, MOST_BYTES_TABLE)
            return read_rows(path, name)
        read, most = _READERS[suffix]
        _check_size(path, most)
        return [_document(read(path.read_bytes()), name)]
    except Unreadable as error:
        raise DataError([f"{name}: {error}"]) from error
    except ValidationError as error:
        raise DataError([f"{name}: {problem}" for problem in told(error)]) from error
    except OSError as error:
        raise DataError([f"{name}: cannot be read: {error.strerror or error}"]) from error


def named_files(paths: Iterable[Path | str], problems: list[str]) -> Iterator[tuple[str, Path]]:
    """Give (name, path) of every file, folders looked through in order; adds what is no file to `problems`."""
    for given in map(Path, paths):
        if given.is_dir():
            start = Path(given.resolve().name)
            found = sorted(path for path in given.rglob("*") if _is_wanted(path, given))
            if not found:
                problems.append(f"{given}: no file of a known kind in this folder. {_KNOWN}")
            yield from ((_name(start / path.relative_to(given)), path) for path in found)
        elif not given.is_file():
            problems.append(f"{given}: no such file or folder")
        elif given.suffix.lower() not in SUFFIXES:
            problems.append(f"{given}: a file of an unknown kind. {_KNOWN}")
        else:
            whole = given.resolve()
            yield _name(Path(whole.parent.name) / whole.name), given


def _is_wanted(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not hidden and path.suffix.lower() in SUFFIXES and path.is_file()


def _name(path: Path) -> str:
    return path.as_posix()


def _document(extracted: Extracted, name: str) -> Document:
    if not extracted.text.strip():
        raise Unreadable("there is no text in it; leave it out")
    if len(extracted.text) > MOST_CHARACTERS:
        raise Unreadable(f"its text has {len(extracted.text):,} characters, the limit is {MOST_CHARACTERS:,}; split it")
    if len(name) > MOST_ID:
        raise Unreadable(f"its path has {len(name)} characters, the limit is {MOST_ID}; name it from nearer by")
    return Document(id=name, text=extracted.text, title=extracted.title, source=name)


def _check_size(path: Path, most: int) -> None:
    size = path.stat().st_size
    if size == 0:
        raise Unreadable("the file is empty; leave it out")
    if size > most:
        raise Unreadable(f"{size:,} bytes, the limit for {path.suffix.lower()} is {most:,}; split it")


def _twice(found: Sequence[Document | FAQPair], name: str, places: dict[str, str]) -> Iterator[str]:
    """Tell the ids that were met before, and remember the others."""
    for item in found:
        if item.id in places:
            yield f"{name}: the id {item.id!r} stands twice, there and in {places[item.id]}"
        places.setdefault(item.id, name)
