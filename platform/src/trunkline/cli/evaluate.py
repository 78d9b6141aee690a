"""`trunkline evaluate MODEL --data FILE`: quality with intervals, through the serving engine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from trunkline.cli.arguments import MEANT, columns_of
from trunkline.cli.context import Context
from trunkline.cli.output import Json, described, evaluation_json, metric_text, print_json, print_table, print_text
from trunkline.cli.progress import TerminalProgress
from trunkline.errors import EnvironmentFault
from trunkline.records import Evaluation


def add(app: typer.Typer, context: Context) -> None:
    """Add `evaluate`."""

    @app.command(
        help=described(
            "Measure a version on labelled data, through the serving engine, and record the figures.",
            "trunkline evaluate classification/intents --data test.csv --json",
            "trunkline evaluate ner/tickets@production --data test.conll --errors wrong.jsonl --figures figures/",
        )
    )
    def evaluate(
        model: Annotated[str, typer.Argument(metavar="MODEL", help=MEANT)],
        data: Annotated[str, typer.Option(metavar="FILE", help="Labelled rows; - reads standard input.")],
        column: Annotated[list[str], typer.Option(metavar="FIELD=COLUMN", help="Which column a field is in.")] = [],  # noqa: B006
        split: Annotated[str, typer.Option(help="What these rows are called in the record.")] = "test",
        errors: Annotated[Path | None, typer.Option(metavar="FILE", help="Write what it got wrong.")] = None,
        figures: Annotated[Path | None, typer.Option(metavar="DIR", help="Draw the report as SVG files.")] = None,
        record: Annotated[bool, typer.Option(help="Keep the figures in the registry.")] = True,
        drop_bad_rows: Annotated[
            bool, typer.Option("--drop-bad-rows", help="Leave out rows that cannot be used, and tell them.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        from trunkline.evaluation.evaluate import evaluate as run

        evaluation = run(
            model,
            data=data,
            columns=columns_of(column),
            split=split,
            errors=errors,
            record=record,
            drop_bad_rows=drop_bad_rows,
            settings=context.settings,
            plugins=context.plugins,
            progress=TerminalProgress(),
        )
        drawn = draw(context, evaluation, figures) if figures else []
        show(evaluation, drawn, as_json)


def draw(context: Context, evaluation: Evaluation, folder: Path) -> list[Path]:
    """Write the task's figures of a report into `folder`; returns the files."""
    task = context.plugins.head_task(evaluation.model.partition("/")[0])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for name, svg in task.figures(evaluation.report).items():
            (folder / Path(name).name).write_text(svg, encoding="utf-8")
            files.append(folder / Path(name).name)
    except OSError as error:
        raise EnvironmentFault(f"cannot write figures to {str(folder)!r}: {error.strerror or error}") from None
    return files


def show(evaluation: Evaluation, drawn: list[Path], as_json: bool) -> None:
    """Print an evaluation."""
    if as_json:
        extra: dict[str, Any] = {"figures": [str(file) for file in drawn]} if drawn else {}
        print_json({**evaluation_json(evaluation), **extra})
        return
    print_text(f"{evaluation.model}  {evaluation.split}  n {evaluation.n}  {evaluation.seconds:.1f} s")
    print_table(("metric", "value [95 %]"), [metric_text(*one).split(" ", 1) for one in evaluation.metrics.items()])
    for file in drawn:
        print_text(f"drawn: {file}")
