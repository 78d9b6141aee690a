"""Options that come from a pydantic model's fields, so that a plugin's commands need no code of their own."""

from __future__ import annotations

import inspect
import json
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import typer
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from trunkline.cli.allowed import allowed, limits, read_word, words
from trunkline.errors import InvalidInput

Model = TypeVar("Model", bound=BaseModel)
_SIMPLE = (bool, int, float, str)


def options_of(model: type[BaseModel], skip: Iterable[str], panel: str) -> list[inspect.Parameter]:
    """Give a keyword parameter, annotated for typer, for each field of `model` that is not in `skip`."""
    skipped = set(skip)
    return [_option(name, field, panel) for name, field in model.model_fields.items() if name not in skipped]


def _option(name: str, field: FieldInfo, panel: str) -> inspect.Parameter:
    kind, is_json = _kind(field.annotation)
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    if is_json and not (isinstance(default, str) and default in words(field.annotation)):
        default = None
    if isinstance(default, tuple | list | set | frozenset):
        default = list(default)
    option = typer.Option(help=_help(field, is_json), rich_help_panel=panel)
    optional = kind if get_origin(kind) is list else kind | None
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[optional, option]
    )


def _help(field: FieldInfo, is_json: bool) -> str:
    """Say what it is for and which values may be given."""
    told = allowed(field.annotation, field.metadata) if is_json else limits(field.metadata)
    told = "as JSON" if told == "JSON" else told
    return " ".join(filter(None, [field.description, f"({told})" if told else ""]))


def _kind(annotation: Any) -> tuple[Any, bool]:
    """Give the type that typer reads, and whether its text is JSON for a richer type."""
    members = [part for part in get_args(annotation) if part is not types.NoneType]
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType) and len(members) == 1:
        return _kind(members[0])
    if annotation in _SIMPLE or (origin is Literal and all(isinstance(part, str) for part in members)):
        return annotation, False
    if origin in (list, tuple, set, frozenset, Sequence) and members and members[0] in _SIMPLE:
        return list[members[0]], False  # type: ignore[valid-type]
    return str, True


def made(model: type[Model], values: Mapping[str, Any]) -> Model:
    """Make `model` from options; those left at None take its own default. Raises `InvalidInput` naming the option."""
    given = {name: _read(model.model_fields.get(name), name, value) for name, value in values.items()}
    try:
        return model.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise InvalidInput("; ".join(_problem(part) for part in error.errors(include_url=False))) from None


def _read(field: FieldInfo | None, name: str, value: Any) -> Any:
    if field is None or not isinstance(value, str) or not _kind(field.annotation)[1]:
        return value
    try:
        return read_word(field.annotation, value)
    except json.JSONDecodeError:
        told = allowed(field.annotation, field.metadata)
        raise InvalidInput(f"{option_name(name)} {value[:80]!r}: give {told}") from None


def _problem(error: Mapping[str, Any]) -> str:
    field, *inner = error["loc"] or ("value",)
    place = ".".join([option_name(str(field)), *map(str, inner)])
    shown = repr(error.get("input"))
    return f"{place}: {error['msg']}, not {shown[:80]}" if len(error["loc"]) else str(error["msg"])


def option_name(field: str) -> str:
    """Write a field's name as the command line does."""
    return "--" + field.replace("_", "-")


def with_signature(function: Callable[..., None], parameters: Sequence[inspect.Parameter], doc: str) -> None:
    """Give `function` the parameters that typer is to read, those without a default first."""
    ordered = sorted(parameters, key=lambda parameter: parameter.default is not inspect.Parameter.empty)
    function.__signature__ = inspect.Signature(ordered)  # type: ignore[attr-defined]
    function.__annotations__ = {parameter.name: parameter.annotation for parameter in ordered}
    function.__doc__ = doc


def parameters_of(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Give the keyword parameters of `function`, their annotations evaluated."""
    signature = inspect.signature(function, eval_str=True)
    return [one for one in signature.parameters.values() if one.kind is inspect.Parameter.KEYWORD_ONLY]
