"""A text in several languages, and which two of them a row is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline import DataError
from trunkline_translation.languages import matching, primary

Rows = list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Unit:
    """One text in several languages."""

    place: str  # "memory.tmx:17"
    texts: Mapping[str, Sequence[Any]]  # language -> its texts, the first one before its variants


def splits(pair: str) -> list[tuple[str, str]]:
    """Give every way to read a pair: "en-pt" has one, "en-pt-BR" two."""
    parts = pair.split("-")
    return [("-".join(parts[:cut]), "-".join(parts[cut:])) for cut in range(1, len(parts))]


def chosen(pair: str, known: Iterable[str]) -> tuple[str, str] | None:
    """Give the two of `known` that a pair such as "en-pt" means, or None."""
    codes = list(known)
    for source, target in splits(pair):
        found = matching(source, codes), matching(target, codes)
        if found[0] is not None and found[1] is not None and found[0] != found[1]:
            return found[0], found[1]
    return None


def rows_of(units: Sequence[Unit], name: str, pair: str | None, first: str | None, problems: list[str]) -> Rows:
    """Give a row for each unit that has both languages; those that lack one become problems.

    The languages are `pair`'s; without it, the only two there are, `first` (else the first that occurs) the source.
    Raises `DataError` where they cannot be told.
    """
    codes = list(dict.fromkeys(code for unit in units for code in unit.texts))
    source, target = _asked(pair, codes, name) if pair else _only_two(codes, first, name)
    rows: Rows = []
    for unit in units:
        row, lacking = _row(unit, source, target)
        if row is not None:
            rows.append(row)
        else:
            there = f"it has {', '.join(unit.texts)}" if unit.texts else "it has none at all"
            problems.append(f"{unit.place}: no text in {lacking!r}; {there}")
    return rows


def _row(unit: Unit, source: str, target: str) -> tuple[Mapping[str, Any] | None, str]:
    """Give the row of a unit, or None and the language that it lacks."""
    found = _code(source, unit.texts), _code(target, unit.texts)
    if found[0] is None or found[1] is None:
        return None, source if found[0] is None else target
    translations = unit.texts[found[1]]
    row = {
        "source": unit.texts[found[0]][0],
        "target": translations[0],
        "source_lang": found[0],
        "target_lang": found[1],
        "references": list(translations[1:]),
        "__place__": unit.place,
    }
    return row, ""


def _code(wanted: str, texts: Mapping[str, Sequence[Any]]) -> str | None:
    return wanted if wanted in texts else matching(wanted, texts)  # the first is the usual case, and quick


def _asked(pair: str, codes: Sequence[str], name: str) -> tuple[str, str]:
    found = chosen(pair, codes)
    if found is None:
        raise DataError([f"{name}: no texts in {pair!r}; its languages: {', '.join(codes)}"], _remedy(name, codes))
    return found


def _only_two(codes: Sequence[str], first: str | None, name: str) -> tuple[str, str]:
    """Give the two languages, without what tells their kinds apart where there are several of one (en-US, en-GB)."""
    kinds: dict[str, list[str]] = {}
    for code in codes:
        kinds.setdefault(primary(code), []).append(code)
    if len(kinds) != 2:
        told = f"{len(kinds)} language{'' if len(kinds) == 1 else 's'}"
        problem = f"{name}: {told} where two are expected: {', '.join(codes) or 'no text at all'}"
        raise DataError([problem], _remedy(name, codes) if len(kinds) > 2 else "")
    one, other = [found[0] if len(found) == 1 else kind for kind, found in kinds.items()]
    return (other, one) if first is not None and primary(first) == primary(other) else (one, other)


def _remedy(name: str, codes: Sequence[str]) -> str:
    if len(codes) < 2:
        return ""
    return f"Name two of them behind the file, the source first: {name}:{codes[0]}-{codes[1]}."
