"""`trunkline qa knowledge-base states`: what the trunk makes of passages, kept, at the terminal."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from trunkline import Terminal
from trunkline_qa.knowledge.arguments import GROUP, Json, Name, bases_of
from trunkline_qa.knowledge.states import MIB, StatesStatus, keep_states, states


def add_states(group: typer.Typer, terminal: Terminal) -> None:
    """Add the command `states`."""

    @group.command(
        "states",
        help=terminal.described(
            "Tell how much room the trunk's states of the passages take, or keep them, so that a question costs the "
            "trunk the question alone. For versions that read question and passage apart.",
            f"{GROUP} set support --reader desk@production --states-mib 500",
            f"{GROUP} states support",
            f"{GROUP} states support --keep",
        ),
    )
    def states_(
        name: Name,
        keep: Annotated[bool, typer.Option("--keep", help="Compute and keep what is missing.")] = False,
        as_json: Json = False,
    ) -> None:
        with terminal.inference() as inference:
            base = bases_of(inference).open(name)
            work = keep_states(base, inference, terminal.progress()) if keep else states(base, inference)
            told = asyncio.run(work)
        if as_json:
            terminal.print_json({"name": name, **told.model_dump(mode="json")})
        else:
            print_states(terminal, told)


def print_states(terminal: Terminal, told: StatesStatus) -> None:
    """Print in words what is kept."""
    if told.reader is None:
        terminal.print_text("no states are kept: name a version of task qa with set NAME --reader MODEL")
        return
    kept = f"{told.passages:,} passages in {told.bytes / MIB:,.1f} MiB of {told.limit_bytes / MIB:,.0f}"
    terminal.print_text(f"states for {told.reader} at layer {told.layer}: {kept}")
    if told.missing:
        terminal.print_text(f"{told.missing:,} passages are missing, {told.needed_bytes / MIB:,.1f} MiB")
    if told.problem:
        terminal.print_text(told.problem)
