"""The libraries that readers of files need: installed with an extra, imported when a file is read."""

from __future__ import annotations

from trunkline import MissingExtra


def needed(what: str) -> MissingExtra:
    """Make the error for a reader's library that is not installed."""
    return MissingExtra(f"{what} needs the extra 'documents': pip install 'trunkline-translation[documents]'")
