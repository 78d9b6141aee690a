"""What a plugin's commands may use of the command line that runs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from trunkline.contract.inference import Inference
from trunkline.progress import Progress


class Terminal(Protocol):
    """Settings and plugins were read when the command line was built: a command need not read them again."""

    def inference(self) -> AbstractContextManager[Inference]:
        """Open a door to all that is registered; nothing is loaded before it is asked. Leaving ends its threads."""
        ...

    def progress(self) -> Progress:
        """Give bars on standard error, where that is a terminal."""
        ...

    def described(self, summary: str, *examples: str, between: str = "") -> str:
        """Write a command's help: what it does, what is `between`, then examples of whole command lines."""
        ...

    def print_json(self, value: Mapping[str, Any]) -> None:
        """Print one JSON object on one line, as `--json` promises."""
        ...

    def print_text(self, text: str) -> None:
        """Print text as it is."""
        ...

    def print_table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print rows under headings."""
        ...
