"""Which languages a version translates between, and what a request's mean to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trunkline import HeadConfig, InvalidInput
from trunkline_translation.languages import matching, primary

SHOWN = 30  # languages that a message lists
UNKNOWN = "en"
"""By whose rules sentences are found where nobody says what language a text is in."""


@dataclass(frozen=True, slots=True)
class Way:
    """From which language to which, as the model names them; empty where it is not known."""

    source: str
    target: str
    token: str = ""  # the language that the trunk is told: the source, or Marian's target
    prefix: str = ""  # text that asks for this pair, as T5 is asked

    @property
    def reads(self) -> str:
        """The language whose rules find sentences."""
        return primary(self.source) if self.source else UNKNOWN

    @property
    def writes(self) -> str:
        return primary(self.target) if self.target else ""


def way(config: HeadConfig, source: str | None, target: str | None) -> Way:
    """Find what a request asks of a version. Raises `InvalidInput` for a pair that it does not translate."""
    languages: Mapping[str, Any] = config.get("languages", {})
    if languages.get("source"):
        return _among(languages["source"], languages["target"], source, target)
    if languages.get("told"):
        return _told(languages["told"], source, target)
    if languages.get("prefixes"):
        return _prefixed(languages["prefixes"], source, target)
    return _fixed(languages.get("pair"), source, target)


def changes(before: HeadConfig, after: HeadConfig) -> list[str]:
    """Tell where two versions translate another pair, both having but one."""
    old, new = (config.get("languages", {}).get("pair") for config in (before, after))
    if not old or not new or old == new:
        return []
    return [f"the version before translates {'-'.join(old)}, this one {'-'.join(new)}"]


def _among(sources: list[str], targets: list[str], source: str | None, target: str | None) -> Way:
    for name, given, known in (("source_lang", source, sources), ("target_lang", target, targets)):
        if given is None:
            raise InvalidInput(f"{name} is needed, since this model knows several languages: {_listed(known)}")
        if matching(given, known) is None:
            raise InvalidInput(f"{name} {given!r} is not among this model's languages: {_listed(known)}")
    found = matching(source or "", sources) or ""
    return Way(found, matching(target or "", targets) or "", token=found)


def _told(targets: list[str], source: str | None, target: str | None) -> Way:
    if target is None:
        raise InvalidInput(f"target_lang is needed, since this model writes several languages: {_listed(targets)}")
    found = matching(target, targets)
    if found is None:
        raise InvalidInput(f"target_lang {target!r} is not among this model's languages: {_listed(targets)}")
    return Way(source or "", found, token=found)


def _prefixed(prefixes: Mapping[str, str], source: str | None, target: str | None) -> Way:
    fitting = [
        pair
        for pair in prefixes
        if all(
            given is None or matching(given, [own])
            for given, own in zip((source, target), pair.split("-"), strict=True)
        )
    ]
    if len(fitting) != 1:
        raise InvalidInput(
            f"{_asked(source, target)}: this model translates {_listed(list(prefixes))}; name one of them"
        )
    first, second = fitting[0].split("-")
    return Way(first, second, prefix=prefixes[fitting[0]])


def _fixed(pair: list[str] | None, source: str | None, target: str | None) -> Way:
    """Believe a request where nothing is known of the model's languages: it has one pair, whichever that is."""
    if pair is None:
        return Way(source or "", target or "")
    for given, own in zip((source, target), pair, strict=True):
        if given is not None and matching(given, [own]) is None:
            raise InvalidInput(f"{_asked(source, target)}: this model translates {'-'.join(pair)} only")
    return Way(*pair)


def _asked(source: str | None, target: str | None) -> str:
    return f"pair {source or '?'}-{target or '?'}"


def _listed(names: list[str]) -> str:
    rest = len(names) - SHOWN
    return ", ".join(sorted(names)[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
