"""How help looks: usage without braces, lines as wide as the terminal, what a data file must hold."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typer.core import TyperCommand, TyperGroup
from typer.models import CommandInfo

WIDEST = 10_000  # columns: the terminal alone limits a line


class PlainCommand(TyperCommand):
    """A command whose usage says `TEXT...` for what must be there."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        pieces: list[str] = super().collect_usage_pieces(ctx)
        return [piece[1:].replace("}", "") if piece.startswith("{") else piece for piece in pieces]


def group_of_tasks(find: Callable[[str], object]) -> type[TyperGroup]:
    """Make a group whose commands are tasks; `find` raises for a name that is none, and offers those there are."""

    class TaskGroup(TyperGroup):
        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            if args[0] not in self.commands and not args[0].startswith("-"):
                find(args[0])
            return super().resolve_command(ctx, args)

    return TaskGroup


def plain(app: typer.Typer) -> None:
    """Let every command of `app` and of its groups be plain."""
    for info in _commands(app):
        if info.cls is TyperCommand or info.cls is None:
            info.cls = PlainCommand


def _commands(app: typer.Typer) -> Iterator[CommandInfo]:
    yield from app.registered_commands
    for group in app.registered_groups:
        if group.typer_instance is not None:
            yield from _commands(group.typer_instance)


def columns_told(model: type[BaseModel]) -> str:
    """Write the columns that a row of `model` is read from, one a line; those that must be there say so."""
    width = max(map(len, model.model_fields), default=0)
    lines = [f"  {name.ljust(width)}  {_column(field)}".rstrip() for name, field in model.model_fields.items()]
    return "\n".join(["\b", "Columns (or JSON fields) of the data:", *lines])


def fits_delimited(model: type[BaseModel]) -> bool:
    """Tell whether rows of `model` can stand in a CSV file: no field is a list of objects."""
    return not any(_parts(field.annotation) for field in model.model_fields.values())


def _column(field: FieldInfo) -> str:
    parts = ["required" if field.is_required() else "may be left out", _parts(field.annotation), field.description]
    return "; ".join(part for part in parts if part)


def _parts(annotation: Any) -> str:
    """Tell what each element of a list of models holds."""
    inner = [part for part in get_args(annotation) if inspect.isclass(part) and issubclass(part, BaseModel)]
    if get_origin(annotation) not in (list, tuple) or not inner:
        return ""
    return f"a list, each with {', '.join(inner[0].model_fields)}"
