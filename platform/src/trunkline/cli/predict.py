"""`trunkline predict TASK TEXT...`: ask a registered version, without a server."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from shlex import quote
from typing import Annotated, Any

import typer
from pydantic import BaseModel

from trunkline.cli.answers import show_answer
from trunkline.cli.arguments import MEANT, checked, texts_of
from trunkline.cli.command import group_of_tasks
from trunkline.cli.context import Context
from trunkline.cli.generated import made, option_name, options_of, with_signature
from trunkline.cli.output import Json, described, print_json
from trunkline.cli.predict_file import file_parameters, predict_whole_file
from trunkline.contract import HeadTask, Task, TaskRequest
from trunkline.contract.shown import example_of, wanted
from trunkline.errors import InvalidInput
from trunkline.names import Reference

_OWN = {"text_pair", "model"}  # fields that have an argument or option of their own here


def add(app: typer.Typer, context: Context) -> None:
    """Add `predict` with one subcommand for each task that reads a text."""
    group = typer.Typer(
        name="predict",
        cls=group_of_tasks(context.plugins.task),
        help=described(
            "Ask a registered version.",
            'trunkline predict classification --model intents "Where is my order?"',
            "cat texts.txt | trunkline predict ner --model tickets@production --json -",
            "trunkline predict ner --model tickets --model products --input texts.jsonl --output spans.jsonl",
        ),
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    for task in context.plugins.tasks.values():
        if task.request_model.asked_field in task.request_model.model_fields:
            group.command(task.name, help=_help(task), short_help=task.summary)(_command(context, task))
    app.add_typer(group)


def _help(task: Task[Any, Any]) -> str:
    """Show the text that the task's own requests show as an example."""
    asked = task.request_model.asked_field
    text = example_of(task.request_model).get(asked, "Any text.")
    options = "".join(_as_option(*needed) for needed in wanted(task.request_model, asked).items())
    command = f"trunkline predict {task.name} --model NAME@production{options}"
    return described(task.summary, f"{command} {quote(str(text))}", f"cat texts.txt | {command} --json -")


def _as_option(name: str, value: Any) -> str:
    """Write a field as the command line takes it: a list as the option again and again."""
    return "".join(f" {option_name(name)} {quote(str(one))}" for one in (value if isinstance(value, list) else [value]))


def _command(context: Context, task: Task[Any, Any]) -> Any:
    own = options_of(task.request_model, {*_OWN, task.request_model.asked_field}, f"Options of {task.name}")

    def command(**given: Any) -> None:
        options = {one.name: given.pop(one.name) for one in own}
        predict(context, task, options, **given)

    with_signature(command, [*_parameters(task), *own], task.summary)
    return command


def _parameters(task: Task[Any, Any]) -> list[inspect.Parameter]:
    text = Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="Texts; - reads lines of standard input.")]
    model = Annotated[
        list[str] | None,
        typer.Option(
            help=f"{MEANT} Left out: the task's one model in production, or its only model where none is. "
            "Repeatable with --input."
        ),
    ]
    pair = Annotated[str | None, typer.Option(help="A second text, read together with each text.")]
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("text", keyword, default=None, annotation=text),
        inspect.Parameter("model", keyword, default=None, annotation=model),
        *file_parameters(),
        inspect.Parameter("as_json", keyword, default=False, annotation=Json),
    ]
    if "text_pair" in task.request_model.model_fields:
        parameters.append(inspect.Parameter("pair", keyword, default=None, annotation=pair))
    return parameters


def predict(
    context: Context,
    task: Task[Any, Any],
    options: dict[str, Any],
    text: Sequence[str] | None,
    model: Sequence[str] | None,
    as_json: bool,
    pair: str | None = None,
    **of_file: Any,
) -> None:
    """Ask all texts at once and show the answers in their order; or predict a whole file."""
    for reference in model or ():
        Reference.parse(reference)
    if any(of_file[name] is not None for name in ("input_file", "states", "output_file")):
        if text or pair is not None:
            raise InvalidInput("give texts, or --input or --states with --output: not both")
        predict_whole_file(context, task, options, model or [None], as_json, **of_file)
        return
    if len(model or ()) > 1:
        raise InvalidInput("several models answer a whole file: give --input and --output, or one --model")
    ask_texts(context, task, options, text or (), next(iter(model or ()), None), as_json, pair)


def ask_texts(
    context: Context,
    task: Task[Any, Any],
    options: dict[str, Any],
    text: Sequence[str],
    model: str | None,
    as_json: bool,
    pair: str | None,
) -> None:
    """Ask all texts at once and show the answers in their order."""
    if not text:
        raise InvalidInput("no text: give texts, - for standard input, or --input FILE with --output FILE")
    texts = texts_of(text)
    if not texts:
        raise InvalidInput("standard input has no lines: give one text a line")
    fields = {**options, "model": model, **({"text_pair": checked(pair, "--pair")} if pair is not None else {})}
    requests = [made(task.request_model, {**fields, task.request_model.asked_field: one}) for one in texts]
    answers = ask(context, task, model, requests)
    if as_json:
        results = [answer.model_dump(mode="json") for answer in answers]
        print_json({"model": results[0].get("model", ""), "results": results})
        return
    for one, answer in zip(texts, answers, strict=True):
        show_answer(one, answer)


def ask(context: Context, task: Task[Any, Any], model: str | None, requests: Sequence[TaskRequest]) -> list[BaseModel]:
    """Answer requests through an engine of this process, however many they are."""
    import asyncio

    from trunkline.serving.answers import answers
    from trunkline.serving.catalog import RegistryCatalog
    from trunkline.serving.engine import Engine

    with Engine(RegistryCatalog(context.registry), context.plugins, context.settings, follow=False) as engine:
        if isinstance(task, HeadTask):
            return list(answers(engine, task, model, requests))
        return [asyncio.run(task.run(request, engine)) for request in requests]
