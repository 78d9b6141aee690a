"""What a field of a pydantic model allows, in words; and reading a word of it."""

from __future__ import annotations

import json
import types
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

_NUMBERS = {int: "a whole number", float: "a number", bool: "true or false"}


def allowed(annotation: Any, metadata: Iterable[Any] = ()) -> str:
    """Write `auto, fit, none or a number from 0 to 1`; what cannot be said in words is JSON."""
    *first, last = _alternatives(annotation, metadata) or ["JSON"]
    return f"{', '.join(first)} or {last}" if first else last


def limits(metadata: Iterable[Any]) -> str:
    """Write a number's bounds: `from 0 to 1`, `from 0, below 1`; empty where there are none."""
    found = {
        name: f"{value:g}"
        for one in metadata
        for name in ("ge", "gt", "le", "lt")
        if (value := getattr(one, name, None)) is not None
    }
    if found.keys() == {"ge", "le"}:
        return f"from {found['ge']} to {found['le']}"
    words = {"ge": "from", "gt": "above", "le": "up to", "lt": "below"}
    return ", ".join(f"{words[name]} {found[name]}" for name in words if name in found)


def read_word(annotation: Any, text: str) -> Any:
    """Read a word that the field allows as it stands, everything else as JSON. Raises `JSONDecodeError`."""
    return text if text in words(annotation) else json.loads(text)


def _alternatives(annotation: Any, metadata: Iterable[Any] = ()) -> list[str]:
    origin, members = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _alternatives(members[0], _flat(members[1:]))
    if origin is Literal:
        return [str(member) for member in members]
    if origin in (Union, types.UnionType):
        told = [word for member in members if member is not types.NoneType for word in _alternatives(member, metadata)]
        return sorted(set(told) - {"JSON"}, key=told.index) + (["JSON"] if "JSON" in told else [])
    if annotation in _NUMBERS:
        return [" ".join(filter(None, [_NUMBERS[annotation], limits(metadata)]))]
    return ["JSON"]


def words(annotation: Any) -> set[str]:
    """Give the words that may stand for themselves, without JSON's quotes."""
    if get_origin(annotation) is Literal:
        return {member for member in get_args(annotation) if isinstance(member, str)}
    return {word for member in get_args(annotation) for word in words(member)}


def _flat(metadata: Iterable[Any]) -> list[Any]:
    """Take the bounds out of pydantic's `Field(...)`."""
    return [bound for one in metadata for bound in (one.metadata if isinstance(one, FieldInfo) else [one])]
