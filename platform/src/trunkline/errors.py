"""Every error that Trunkline raises on purpose, in one tree.

    TrunklineError
    ├── InvalidInput          what the caller gave cannot be used
    │   └── DataError         rows of a data file, each problem with its place
    ├── NotFound              no such model, alias, trunk, task; near names are offered
    ├── Conflict              somebody else changed it first, or it is in use
    ├── MissingExtra          an optional dependency is absent; names the command that installs it
    ├── PluginError           a plugin cannot be imported, or breaks the contract
    ├── TrunkError            a trunk's files cannot be used
    ├── EnvironmentFault      disk full, port in use, database out of reach
    ├── CorruptArtifact       stored bytes differ from their hash
    ├── Overloaded            the queue is full; `retry_after` seconds
    ├── DeadlineExceeded      the request's time was up before its answer
    └── EngineStopped         the engine is shutting down or dead

A message names the bad value, the limit and the remedy. `exit_code` is what the command line returns,
`status` what HTTP answers; both are stated here and nowhere else.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


class TrunklineError(Exception):
    """The root: an expected failure, told in one line without a traceback."""

    exit_code = 1
    status = 500
    title = "Trunkline could not do this"


class InvalidInput(TrunklineError):
    exit_code = 2
    status = 422
    title = "The input cannot be used"


class DataError(InvalidInput):
    """Rows that cannot be used: all of them are reported, not only the first."""

    SHOWN = 20

    def __init__(
        self,
        problems: Sequence[str],
        remedy: str = "",
        rows: Sequence[Mapping[str, Any]] | None = None,
        bad_rows: int | None = None,
    ) -> None:
        """`rows` are those of the file that can be used, where a reader tells them apart from its `bad_rows`.

        By default each problem is of a row of its own.
        """
        self.problems, self.remedy = tuple(problems), remedy
        self.rows = rows
        self.bad_rows = len(self.problems) if bad_rows is None else bad_rows
        shown = list(self.problems[: self.SHOWN])
        if len(self.problems) > self.SHOWN:
            shown.append(f"... and {len(self.problems) - self.SHOWN} more")
        super().__init__("\n".join([*shown, remedy] if remedy else shown))


class NotFound(TrunklineError):
    exit_code = 3
    status = 404
    title = "No such thing"
    none_of = ""  # "model", "trunk", ...: the kind of which there is none at all

    @classmethod
    def named(cls, kind: str, name: str, known: Iterable[str]) -> NotFound:
        """An error that offers the names nearest to `name`."""
        known = sorted(set(known))
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        if near:
            hint = f"did you mean {' or '.join(near)}?"
        elif known:
            hint = f"known: {', '.join(known[:10])}{', ...' if len(known) > 10 else ''}"
        else:
            hint = "there is none yet"
        error = cls(f"no {kind} named {name!r}; {hint}")
        error.none_of = "" if known else kind
        return error


class MissingExtra(TrunklineError):
    exit_code = 4
    status = 501
    title = "An optional part is not installed"

    @classmethod
    def needed(cls, what: str, extra: str) -> MissingExtra:
        return cls(f"{what} needs the extra {extra!r}: pip install 'trunkline[{extra}]'")


class Conflict(TrunklineError):
    exit_code = 5
    status = 409
    title = "The state has changed"


class QualityLost(Conflict):
    title = "The version would lose too much"


class NotMeasured(Conflict):
    title = "The version was not measured on this engine"


class EnvironmentFault(TrunklineError):
    exit_code = 6
    status = 503
    title = "The machine does not allow this now"


class PluginError(TrunklineError):
    exit_code = 7
    title = "A plugin is broken"


class HeadHangs(PluginError):
    status = 503
    title = "A head does not come back from an answer"


class TrunkError(InvalidInput):
    title = "The trunk cannot be used"


class CorruptArtifact(TrunklineError):
    exit_code = 8
    title = "Stored data is damaged"


class Overloaded(TrunklineError):
    status = 429
    title = "Too many requests"

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class DeadlineExceeded(TrunklineError):
    status = 504
    title = "The deadline has passed"


class EngineStopped(TrunklineError):
    status = 503
    title = "The engine is not running"
