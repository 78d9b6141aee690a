"""`trunkline predict TASK --input FILE --output FILE`: a whole file, or its kept states, streamed and resumable."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from trunkline.cli.arguments import columns_of
from trunkline.cli.context import Context
from trunkline.cli.generated import made
from trunkline.cli.output import print_json, print_text
from trunkline.cli.progress import TerminalProgress
from trunkline.contract import HeadTask, Task, TaskRequest
from trunkline.contract.shown import example_of
from trunkline.errors import InvalidInput

PANEL = "A whole file"


def file_parameters() -> list[inspect.Parameter]:
    """Give the options of `predict` that are about files."""
    source = Annotated[
        Path | None,
        typer.Option("--input", metavar="FILE", help="Rows: .jsonl, .csv, .tsv, .txt.", rich_help_panel=PANEL),
    ]
    states = Annotated[
        Path | None,
        typer.Option(
            "--states",
            metavar="DIR",
            help="In place of --input: what states build kept; the stem is not run.",
            rich_help_panel=PANEL,
        ),
    ]
    output = Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="FILE",
            help="One line of JSON a row; a killed run goes on when it is repeated.",
            rich_help_panel=PANEL,
        ),
    ]
    column = Annotated[
        list[str] | None,
        typer.Option("--column", metavar="FIELD=COLUMN", help="Which column a field is in.", rich_help_panel=PANEL),
    ]
    keep_going = Annotated[
        bool,
        typer.Option("--keep-going", help="Note a row's error in its place and go on.", rich_help_panel=PANEL),
    ]
    overwrite = Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace an output that is there, or what another run left of it.",
            rich_help_panel=PANEL,
        ),
    ]
    named = {"input_file": source, "states": states, "output_file": output, "column": column}
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [
        *(inspect.Parameter(name, keyword, default=None, annotation=kind) for name, kind in named.items()),
        inspect.Parameter("keep_going", keyword, default=False, annotation=keep_going),
        inspect.Parameter("overwrite", keyword, default=False, annotation=overwrite),
    ]


def predict_whole_file(
    context: Context,
    task: Task[Any, Any],
    options: dict[str, Any],
    models: Sequence[str | None],
    as_json: bool,
    *,
    input_file: Path | None,
    states: Path | None,
    output_file: Path | None,
    column: Sequence[str] | None,
    keep_going: bool,
    overwrite: bool,
) -> None:
    """Predict `input_file`, or the rows of `states`, into `output_file` and tell how many rows there were."""
    output_file = _output_of(input_file, states, output_file)
    if states is not None and column:
        raise InvalidInput("--column belongs to --input: states know the columns that they were built from")
    if not isinstance(task, HeadTask):
        raise InvalidInput(f"task {task.name!r} does not predict whole files: ask it text by text")
    from trunkline.archive.predict import predict_states
    from trunkline.prediction.predict_file import predict_file
    from trunkline.serving.catalog import RegistryCatalog
    from trunkline.serving.engine import Engine

    how: dict[str, Any] = {"keep_going": keep_going, "overwrite": overwrite, "options": _checked(task, options)}
    with Engine(RegistryCatalog(context.registry), context.plugins, context.settings, follow=False) as engine:
        if states is not None:
            done = predict_states(engine, task, models, states, output_file, TerminalProgress(), **how)
        else:
            assert input_file is not None
            named = columns_of(column or [])
            done = predict_file(engine, task, models, input_file, output_file, TerminalProgress(), columns=named, **how)
    if as_json:
        print_json({"output": str(output_file), **asdict(done)})
        return
    before = f", {done.resumed_at} of them by an earlier run" if done.resumed_at else ""
    wrong = f", {done.problems} with an error in place of an answer" if done.problems else ""
    by = f"{', '.join(done.models)} on {done.backend} in {done.precision}"
    print_text(f"{done.rows} rows in {output_file} by {by}{before}{wrong}")


def _output_of(input_file: Path | None, states: Path | None, output_file: Path | None) -> Path:
    """Give the output where it stands with one input. Raises `InvalidInput`."""
    if input_file is not None and states is not None:
        raise InvalidInput("--input and --states are two inputs: give one of the two")
    if output_file is None:
        raise InvalidInput(f"{'--states' if states else '--input'} goes with --output FILE: give both")
    if input_file is None and states is None:
        raise InvalidInput("--output goes with --input FILE or --states DIR: give one of the two")
    return output_file


def _checked(task: HeadTask[Any, Any, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Read the options as a request has them, before any row is read. Raises `InvalidInput`."""
    of_rows = {name: "a row's" for name, field in task.request_model.model_fields.items() if field.is_required()}
    own = {name: value for name, value in options.items() if value is not None}
    stand_ins = {**of_rows, **example_of(task.request_model)}  # each row has its own: an example is whole
    request: TaskRequest = made(task.request_model, {**stand_ins, **own, "model": None})
    given = {name for name, value in options.items() if value is not None}
    return request.model_dump(mode="json", include=given)
