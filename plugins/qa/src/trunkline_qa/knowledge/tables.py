"""Rows of CSV, TSV, JSONL and JSON as documents or FAQ pairs, by their columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from trunkline import DataError, read_table
from trunkline_qa.knowledge.documents import Document, FAQPair, Item

_ITEM: TypeAdapter[Document | FAQPair] = TypeAdapter(Item)
_FIELDS = frozenset((*Document.model_fields, *FAQPair.model_fields))
_WHAT = "A row is a document with `text`, or an FAQ pair with `question` and `answer`."


def read_rows(path: Path, name: str) -> list[Document | FAQPair]:
    """Read a file's rows; a row without an `id` is called `name` and its number, from 1, as `faq.csv#3`.

    Columns of other names go to the metadata. Raises `DataError` with every row that is wrong.
    """
    table = read_table(path)
    items, problems = [], list(table.problems)
    for number, row in enumerate(table.rows, 1):
        try:
            items.append(_item(row.values, f"{name}#{number}", table.text_only))
        except ValidationError as error:
            problems += [f"{row.place}: {problem}" for problem in told(error)]
    if problems:
        raise DataError(problems, table.remedy or _WHAT)
    if not items:
        raise DataError([f"{name}: no rows"], _WHAT)
    return items


def told(error: ValidationError) -> Iterator[str]:
    """Put pydantic's errors as `title: what is wrong`, the value itself left out."""
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        where = ".".join(str(part) for part in detail["loc"] if part not in ("document", "faq"))
        message = detail["msg"].removeprefix("Value error, ")
        yield f"{where}: {message}" if where else message


def _item(values: Mapping[str, Any], name: str, text_only: bool) -> Document | FAQPair:
    """Make an item of a row; what is null, or empty in a file that has nothing but text, is not there."""
    there = {key: value for key, value in values.items() if value is not None and not (text_only and value == "")}
    fields = {key: value for key, value in there.items() if key in _FIELDS}
    others = {key: _plain(value) for key, value in there.items() if key not in _FIELDS}
    if isinstance(fields.get("id"), int):
        fields["id"] = str(fields["id"])
    if others:
        own = fields.get("metadata", {})
        fields["metadata"] = {**others, **own} if isinstance(own, dict) else own
    return _ITEM.validate_python({"id": name, **fields})


def _plain(value: Any) -> Any:
    """Write numbers and truth values as text; validation refuses lists and objects."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value
