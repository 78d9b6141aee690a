"""What plugins' commands are given, made of what our own commands use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from trunkline.cli import output
from trunkline.cli.context import Context
from trunkline.cli.progress import TerminalProgress
from trunkline.contract import Inference
from trunkline.progress import Progress

PATIENCE = 3600.0
"""Seconds that a command's question may take: models are loaded within them, and nobody else waits."""


class CommandTerminal:
    """The terminal of this command line; see `trunkline.contract.terminal`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def inference(self) -> AbstractContextManager[Inference]:
        from trunkline.serving.catalog import RegistryCatalog
        from trunkline.serving.engine import Engine

        context = self._context
        seconds = max(context.settings.deadline_seconds, PATIENCE)
        settings = context.settings.model_copy(update={"deadline_seconds": seconds})
        return Engine(RegistryCatalog(context.registry), context.plugins, settings, follow=False)

    def progress(self) -> Progress:
        return TerminalProgress()

    def described(self, summary: str, *examples: str, between: str = "") -> str:
        return output.described(summary, *examples, between=between)

    def print_json(self, value: Mapping[str, Any]) -> None:
        output.print_json(value)

    def print_text(self, text: str) -> None:
        output.print_text(text)

    def print_table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        output.print_table(columns, rows)
