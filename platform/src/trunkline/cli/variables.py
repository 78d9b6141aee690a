"""The settings as the doctor shows them, and the variables that set nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from trunkline.settings import Settings

PREFIX = "TRUNKLINE_"
ELSEWHERE = ("TRUNKLINE_CORPORA", "TRUNKLINE_TEST_")
"""Beginnings of variables that tests and benchmarks read."""


def shown(settings: Settings) -> dict[str, Any]:
    """Give every setting under its variable's name, the database's address without who logs in and how."""
    values = settings.model_dump(mode="json")
    if settings.database is not None:
        values["database"] = without_password(settings.database)
    return {PREFIX + name.upper(): value for name, value in values.items()}


def changed(settings: Settings) -> dict[str, Any]:
    """Give the settings that are not at their default, as `shown` does."""
    fields = Settings.model_fields
    other = {
        PREFIX + name.upper()
        for name, value in settings
        if value != fields[name].get_default(call_default_factory=True)
    }
    return {name: value for name, value in shown(settings).items() if name in other}


def without_password(url: str) -> str:
    """Keep of a database's address what cannot hold a password: no user, no query, nothing where it reads two ways."""
    kind, slashes, rest = url.partition("://")
    if not slashes:
        return "***"
    if kind.startswith("sqlite"):  # a file's path, in which @ and : mean nothing
        return url.partition("?")[0]
    login, at, place = rest.rpartition("@")
    place = place.partition("?")[0]
    _, colon, port = place.partition("/")[0].rpartition(":")
    if "?" in login or (colon and not port.isdigit()):
        return f"{kind}://***"
    return f"{kind}://{'***@' if at else ''}{place}"


def unknown(environment: Iterable[str]) -> Mapping[str, str]:
    """Map each variable that looks like a setting and is none to the nearest name of one, or to nothing."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    strange = (name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known)
    return {name: _nearest(name, known) for name in sorted(strange) if not name.startswith(ELSEWHERE)}


def _nearest(name: str, known: Iterable[str]) -> str:
    """Give the known name nearest to `name`; what all begin with alike says nothing."""
    ends = [one.removeprefix(PREFIX) for one in known]
    near = difflib.get_close_matches(name.upper().removeprefix(PREFIX), ends, n=1, cutoff=0.5)
    return PREFIX + near[0] if near else ""
