"""The program `trunkline`: commands in, an exit code out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Annotated

import typer
from pydantic import ValidationError

from trunkline.cli import (
    compile_,
    doctor,
    estimate,
    evaluate,
    import_,
    models,
    plugins,
    predict,
    serve,
    states,
    trunks,
    tune,
)
from trunkline.cli.choosing import choosing_told
from trunkline.cli.command import WIDEST, plain
from trunkline.cli.context import Context
from trunkline.cli.errors import EXIT_CODES, INTERRUPTED, RESUMED, UNHARMED, report
from trunkline.cli.output import described
from trunkline.cli.terminal import CommandTerminal
from trunkline.contract import Plugins, load_plugins
from trunkline.errors import InvalidInput, NotFound, PluginError
from trunkline.settings import Settings

HELP = described(
    "One trunk, many heads: tune, register and serve many NLP tasks on one shared transformer.",
    "trunkline tune classification --name intents --data train.csv --alias production",
    'trunkline predict classification --model intents "Where is my order?"',
    "trunkline serve",
)
COMMANDS = (tune, evaluate, compile_, predict, states, estimate, import_, models, trunks, plugins, serve, doctor)


def build(context: Context) -> typer.Typer:
    """Make the command line: ours, each plugin's tasks, and what plugins add."""
    app = typer.Typer(
        name="trunkline",
        help=HELP,
        epilog=EXIT_CODES,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"max_content_width": WIDEST},
    )
    app.callback()(_root)
    for command in COMMANDS:
        command.add(app, context)
    context.plugins.hooks.register_commands(cli=app, terminal=CommandTerminal(context))
    plain(app)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        from trunkline import __version__

        typer.echo(f"trunkline {__version__}")
        raise typer.Exit


def _root(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of a failure; works before or after any command.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """One trunk, many heads: tune, register and serve many NLP tasks on one shared transformer."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line (without the program's name) and return its exit code."""
    options = list(arguments[: arguments.index("--")] if "--" in arguments else arguments)
    rest = list(arguments[len(options) :])
    debug, as_json = "--debug" in options, "--json" in options
    words = [word for word in options if word != "--debug"]
    try:
        context = _context(doctoring=words[:1] == ["doctor"])
        # a server's log tells of the choice as of everything else
        with nullcontext() if words[:1] == ["serve"] else choosing_told():
            code = _run([*words, *rest], context)
    except (Exception, KeyboardInterrupt) as error:
        return report(error, debug=debug, as_json=as_json)
    if code == INTERRUPTED:  # typer caught the interrupt and made a number of it
        return report(KeyboardInterrupt(_left(words)), debug=False, as_json=as_json)
    return code if isinstance(code, int) else 0


def _left(words: Sequence[str]) -> str:
    """Say what an interrupted command leaves: work to go on with, or nothing."""
    if words[:1] == ["tune"]:
        return f"{UNHARMED}; {RESUMED}"
    if words[:2] == ["states", "build"] or (words[:1] == ["predict"] and any(map(_is_output, words))):
        return f"the rows that are done are kept; {RESUMED}"
    return UNHARMED


def _is_output(word: str) -> bool:
    return word.partition("=")[0] == "--output"


def _run(words: Sequence[str], context: Context) -> object:
    try:
        return build(context)(list(words), prog_name="trunkline", standalone_mode=False)
    except NotFound as error:
        if error.none_of not in ("model", "trunk"):
            raise
        raise NotFound(f"{error} in {context.place}") from error


def _context(doctoring: bool) -> Context:
    refused = _refused()
    if refused and not doctoring:
        raise InvalidInput("; ".join(refused.values()))
    fields = Settings.model_fields
    settings = Settings(**{name: fields[name].get_default(call_default_factory=True) for name in refused})
    told = tuple(refused.values())
    try:
        return Context(settings, load_plugins(settings.block_plugins), told)
    except PluginError:
        if not doctoring:
            raise
        return Context(settings, Plugins(load_plugins(_all_entry_points()).hooks, {}), told)


def _all_entry_points() -> Sequence[str]:
    from importlib.metadata import entry_points

    return [point.name for point in entry_points(group="trunkline")]


def _refused() -> dict[str, str]:
    """Tell which settings cannot be used, and why. Raises `InvalidInput` for a variable that cannot even be read."""
    try:
        Settings()
    except ValidationError as error:
        return {
            str(part["loc"][0]): f"TRUNKLINE_{str(part['loc'][0]).upper()}: {part['msg']}" for part in error.errors()
        }
    except Exception as error:  # pydantic-settings wraps what it cannot read
        raise InvalidInput(f"a TRUNKLINE_ variable cannot be read: {error}") from None
    return {}


def main() -> None:
    """Be the program."""
    sys.exit(run(sys.argv[1:]))
