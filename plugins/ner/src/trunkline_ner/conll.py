"""CoNLL columns: a token a line, its tag in the last column, a blank line after each sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trunkline import DataError
from trunkline_ner import schemes
from trunkline_ner.text import joined

SUFFIXES = (".conll", ".conll2003", ".bio", ".iob", ".iob1", ".iob2", ".bilou", ".bioes", ".iobes")
_OTHERS = (".csv", ".tsv", ".jsonl", ".json", ".ndjson", ".parquet")
_COLUMNS = re.compile(r"[ \t]+")  # a token may hold any other white space
_TAG = re.compile(r"O|[BIMELSUW]-.+")
_SNIFFED = 65_536  # bytes


@dataclass(slots=True)
class Sentence:
    """One sentence while it is read."""

    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)  # where each token stands, from 1
    broken: bool = False  # some line of it cannot be used


def reads(path: Path) -> bool:
    """Tell whether `path` is a CoNLL file: by its suffix, else by what its first lines look like."""
    suffix = path.suffix.lower()
    if not path.is_file() or suffix in _OTHERS:
        return False
    return suffix in SUFFIXES or _looks_right(path)


def read(path: Path) -> Sequence[Mapping[str, Any]]:
    """Give a row {text, entities, __place__} for each sentence. Raises `DataError` with every bad line."""
    problems: list[str] = []
    sentences = [one for one in _sentences(_decoded(path), path.name, problems) if one.tokens or one.broken]
    _check_scheme([one for one in sentences if not one.broken], path.name, problems)
    if problems:
        whole = [one for one in sentences if not one.broken]
        remedy = "Each line holds a token first and its tag last; a blank line ends a sentence."
        raise DataError(problems, remedy, _rows(whole, path.name), len(sentences) - len(whole))
    if not sentences:
        raise DataError([f"{path.name}: the file is empty"], "Give a file with a token and its tag on each line.")
    return _rows(sentences, path.name)


def _rows(sentences: Sequence[Sentence], name: str) -> Sequence[Mapping[str, Any]]:
    return [joined(one.tokens, one.tags, f"{name}:{one.lines[0]}") for one in sentences]


def _sentences(text: str, name: str, problems: list[str]) -> Iterator[Sentence]:
    sentence = Sentence()
    for number, line in enumerate(text.split("\n"), 1):  # only \n: a token may hold U+2028 and its like
        columns = _COLUMNS.split(line.strip(" \t\r"))
        if columns == [""] or columns[0] == "-DOCSTART-":
            yield sentence
            sentence = Sentence()
        elif not sentence.tokens and _is_comment(columns):
            continue
        elif len(columns) < 2:
            problems.append(f"{name}:{number}: a token without a tag, or a tag without a token")
            sentence.broken = True
        else:
            sentence.tokens.append(columns[0])
            sentence.tags.append(columns[-1])
            sentence.lines.append(number)
    yield sentence


def _is_comment(columns: Sequence[str]) -> bool:
    """Tell `# id 17 domain=en` from the token `#` with its tag."""
    return columns[0] == "#" and len(columns) > 2 and not _TAG.fullmatch(columns[-1])


def _check_scheme(sentences: Sequence[Sentence], name: str, problems: list[str]) -> None:
    """Tell every tag without prefix in a file whose other tags have one."""
    known = {tag for sentence in sentences for tag in sentence.tags}
    try:
        schemes.detect(known)
    except ValueError:
        wrong = {tag for tag in known if not _TAG.fullmatch(tag)}
        for sentence in sentences:
            for tag, line in zip(sentence.tags, sentence.lines, strict=True):
                if tag in wrong:
                    problems.append(f"{name}:{line}: the tag {tag!r} is neither O nor has a prefix as in B-{tag}")
                    sentence.broken = True


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        source = "UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "WINDOWS-1252"
        remedy = f"Convert it, if it is {source}: iconv -f {source} -t UTF-8 {path.name} > utf8-{path.name}"
        raise DataError([f"{path.name}:{line}: not UTF-8: byte 0x{data[error.start]:02x}"], remedy) from error


def _looks_right(path: Path) -> bool:
    """Tell whether the first lines all have columns, and at least half of their last ones are tags."""
    with path.open("rb") as file:
        start = file.read(_SNIFFED)
    lines = start.decode("utf-8", errors="replace").removeprefix("\ufeff").split("\n")
    columns = [_COLUMNS.split(line.strip(" \t\r")) for line in (lines[:-1] if len(start) == _SNIFFED else lines)]
    rows = [row for row in columns if row != [""] and row[0] != "-DOCSTART-" and not _is_comment(row)]
    tagged = sum(_TAG.fullmatch(row[-1]) is not None for row in rows if len(row) > 1)
    return b"\0" not in start and 0 < len(rows) <= 2 * tagged
