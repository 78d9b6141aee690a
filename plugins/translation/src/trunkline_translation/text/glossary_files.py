"""Glossaries from files: two columns as TSV or CSV, or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trunkline import DataError, InvalidInput
from trunkline_translation.text.glossary import Glossary, Term, problems_of

SUFFIXES = (".tsv", ".csv", ".json")
_HEADERS = ({"source", "target"}, {"term", "translation"})
_REMEDY = "A glossary has two columns, term and translation; in JSON an object {term: translation}."


def read_glossary(path: Path | str) -> Glossary:
    """Read a glossary by its suffix. Raises `DataError` with every line that cannot be used, and its number."""
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise InvalidInput(f"{path.name}: a glossary's suffix is one of {', '.join(SUFFIXES)}, not {path.suffix!r}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError([f"{path.name}: not UTF-8 at byte {error.start}"], "Save it as UTF-8.") from error
    except OSError as error:
        raise DataError([f"{path.name}: cannot be read: {error.strerror or error}"]) from error
    return parse_glossary(text, path.suffix.lower().removeprefix("."), path.name)


def parse_glossary(text: str, form: str, name: str = "glossary") -> Glossary:
    """Read a glossary from text; `form` is tsv, csv or json. A first line of column names is passed over.

    Raises `DataError` for lines of other than two columns, and for empty and repeated terms.
    """
    problems: list[str] = []
    terms: list[tuple[str, Term]] = []
    for place, pair in _json_pairs(text, name) if form == "json" else _rows(text, form, name):
        if len(pair) == 2 and all(isinstance(side, str) for side in pair):
            terms.append((place, Term(*pair)))
        elif len(pair) == 2:
            wrong = next(side for side in pair if not isinstance(side, str))
            problems.append(f"{place}: {json.dumps(wrong)[:40]} is no text: write it in quotes")
        else:
            problems.append(f"{place}: {len(pair)} columns, a term and its translation as text are needed")
    problems += problems_of(terms)
    if problems:
        raise DataError(problems, _REMEDY)
    return Glossary(term for _, term in terms)


def _rows(text: str, form: str, name: str) -> Iterator[tuple[str, list[Any]]]:
    lines = io.StringIO(text, newline="")
    if form == "tsv":
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    else:
        rows = csv.reader(lines, strict=True)
    try:
        for number, row in enumerate(rows):
            is_header = number == 0 and {cell.strip().casefold() for cell in row} in _HEADERS
            if any(cell.strip() for cell in row) and not is_header:
                yield f"{name}:{rows.line_num}", row
    except csv.Error as error:
        raise DataError([f"{name}:{rows.line_num}: {error}"], _REMEDY) from error


def _json_pairs(text: str, name: str) -> Iterator[tuple[str, list[Any]]]:
    """Read an object, or a list of pairs or of objects with source and target; of a key that stands twice give both."""
    try:
        data = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError) as error:
        raise DataError([f"{name}: not JSON: {error}"], _REMEDY) from error
    if not isinstance(data, list):
        raise DataError([f"{name}: neither an object nor a list"], _REMEDY)
    for number, entry in enumerate(data, 1):
        place = f"{name}: entry {number}"
        if isinstance(entry, list) and entry and isinstance(entry[0], tuple):
            fields = dict(entry)
            yield place, [fields[key] for key in ("source", "target") if key in fields]
        else:
            yield place, list(entry) if isinstance(entry, list | tuple) else [entry]
