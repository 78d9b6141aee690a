"""`trunkline qa knowledge-base create` and `set`: how a base is searched, at the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from trunkline import Terminal
from trunkline_qa.knowledge import shown
from trunkline_qa.knowledge.command_words import GROUP, Json, Name, bases_of
from trunkline_qa.knowledge.preferences import Precision, Preferences
from trunkline_qa.knowledge.states import check_reader
from trunkline_qa.knowledge.status import status


def add_settings(group: typer.Typer, terminal: Terminal) -> None:
    """Add the commands `create` and `set`."""

    def settled(name: str, given: dict[str, Any], as_json: bool, make: bool) -> None:
        changes = {
            field: None if _is_none(field, value) else value for field, value in given.items() if value is not None
        }
        with terminal.inference() as inference:
            preferences = Preferences().changed(changes)
            if preferences.trunk is not None:
                inference.trunk_info(preferences.trunk)
            if preferences.model is not None:
                inference.version_info("retrieval", preferences.model)
            if preferences.reader is not None:
                check_reader(inference, preferences.reader)
            bases = bases_of(inference)
            base = bases.create(name, preferences) if make else bases.open(name)
            if not make:
                base.prefer(changes)
            told = status(base, inference)
        if as_json:
            terminal.print_json(told.model_dump(mode="json"))
        else:
            shown.base(terminal, told)

    _settling(
        group,
        "create",
        terminal.described(
            "Make an empty knowledge base.",
            f"{GROUP} create support",
            f"{GROUP} create support --model retrieval/desk@production --faq-threshold 0.9",
            f'{GROUP} create support --trunk e5 --query-prefix "query: " --passage-prefix "passage: "',
        ),
        lambda name, given, as_json: settled(name, given, as_json, make=True),
    )
    _settling(
        group,
        "set",
        terminal.described(
            "Change settings; those that are left out stay. What concerns vectors asks for a rebuild.",
            f"{GROUP} set support --faq-threshold 0.9",
        ),
        lambda name, given, as_json: settled(name, given, as_json, make=False),
    )


def _is_none(field: str, value: object) -> bool:
    """Tell whether a name was given as nothing: that takes back what was set."""
    return value == "" and field in ("trunk", "model", "reader")


def _settling(group: typer.Typer, command: str, told: str, settle: Callable[[str, dict[str, Any], bool], None]) -> None:
    """Add a command that takes settings."""

    @group.command(command, help=told)
    def run(
        name: Name,
        trunk: Annotated[
            str | None, typer.Option(help="Vectors are means of this trunk's states; default: the only one.")
        ] = None,
        model: Annotated[str | None, typer.Option(help="Vectors are those of this version of task retrieval.")] = None,
        query_prefix: Annotated[str | None, typer.Option(help='Put before questions: "query: " for e5.')] = None,
        passage_prefix: Annotated[str | None, typer.Option(help='Put before passages: "passage: " for e5.')] = None,
        precision: Annotated[Precision | None, typer.Option(help="float16 takes half the room.")] = None,
        faq_threshold: Annotated[
            float | None, typer.Option(min=0, max=1, help="How like a stored question a question must be.")
        ] = None,
        reader: Annotated[
            str | None, typer.Option(help='Keep states of passages for this version of task qa; "" for none.')
        ] = None,
        states_mib: Annotated[int | None, typer.Option(min=1, help="MiB of states at most.")] = None,
        vectors: Annotated[
            bool | None, typer.Option("--vectors/--no-vectors", help="Whether passages are found by vectors too.")
        ] = None,
        as_json: Json = False,
    ) -> None:
        given = {
            "trunk": trunk,
            "model": model,
            "query_prefix": query_prefix,
            "passage_prefix": passage_prefix,
            "precision": precision,
            "faq_threshold": faq_threshold,
            "reader": reader,
            "states_mib": states_mib,
            "vectors": vectors,
        }
        settle(name, given, as_json)
