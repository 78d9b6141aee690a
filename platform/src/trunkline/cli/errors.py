"""How a command fails: one line on standard error, an exit code that says of what kind it was.

Exit codes: 0 done; 1 other failures; 2 input that cannot be used; 3 not found; 4 an extra is missing;
5 a conflict; 6 the machine (disk, port, database); 7 a plugin; 8 damaged data; 130 Ctrl-C.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from typing import Any

import typer

from trunkline.cli.output import print_json
from trunkline.errors import EnvironmentFault, InvalidInput, TrunklineError

INTERRUPTED = 130
UNHARMED = "nothing half-done was registered"
RESUMED = "the same command goes on where it stopped"
PIPE_CLOSED = 141
"""As a shell reports a program that died of SIGPIPE."""

EXIT_CODES = (
    "Exit codes: 0 done; 1 other failure; 2 unusable input; 3 not found; 4 missing extra; 5 conflict; "
    "6 disk, port or database; 7 broken plugin; 8 damaged data; 130 Ctrl-C."
)


def report(error: BaseException, *, debug: bool, as_json: bool) -> int:
    """Tell of a failure and return the exit code for it."""
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing left to flush into
        return PIPE_CLOSED
    if debug:
        traceback.print_exception(error)
    if type(error).__name__ == "NoArgsIsHelpError":  # typer's own, whose parser differs by its version
        print(error.format_message(), file=sys.stderr)  # type: ignore[attr-defined]  # noqa: T201
        return InvalidInput.exit_code
    title, message, code = _told(error)
    if as_json:
        print_json({"error": {"title": title, "message": message, "exit_code": code}})
    print(f"trunkline: {message}", file=sys.stderr)  # noqa: T201
    return code


def _told(error: BaseException) -> tuple[str, str, int]:
    if isinstance(error, TrunklineError):
        return error.title, str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return "Interrupted", f"interrupted; {str(error) or UNHARMED}", INTERRUPTED
    if hasattr(error, "format_message"):  # typer's own: it brings its parser along, or uses click's
        return "Wrong usage", _usage(error), InvalidInput.exit_code
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        message = f"the disk is full{_where(error)}: free some space, or set TRUNKLINE_HOME to another disk"
        return EnvironmentFault.title, message, EnvironmentFault.exit_code
    if isinstance(error, OSError):
        return EnvironmentFault.title, f"{error.strerror or error}{_where(error)}", EnvironmentFault.exit_code
    message = f"unexpected {type(error).__name__}: {error}".splitlines()[0]
    return TrunklineError.title, f"{message} (run it again with --debug for the traceback)", TrunklineError.exit_code


def _where(error: OSError) -> str:
    return f" ({os.fspath(error.filename)!r})" if isinstance(error.filename, str | os.PathLike) else ""


def _usage(error: Any) -> str:
    message = str(error.format_message()).removeprefix("Value error, ")
    context = getattr(error, "ctx", None)
    return f"{message} (see {context.command_path} --help)" if context is not None else message
