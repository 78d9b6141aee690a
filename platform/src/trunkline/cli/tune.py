"""`trunkline tune TASK`: a labelled file becomes a registered version with measured quality."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from trunkline.cli.arguments import columns_of, fork_layer, share_or_file
from trunkline.cli.command import columns_told, fits_delimited, group_of_tasks
from trunkline.cli.context import Context
from trunkline.cli.generated import made, options_of, parameters_of, with_signature
from trunkline.cli.output import Json, described
from trunkline.cli.progress import TerminalProgress
from trunkline.cli.tuned import show, worse_than_start
from trunkline.contract import DecoderTask, HeadTask
from trunkline.errors import Conflict, MissingExtra
from trunkline.names import check_alias, check_name

DATA = "Data"
PLACE = "Where it leaves the trunk"
TRAINING = "Training"
FORK = (
    "Layers shared with the trunk, or auto: tries several, keeps the cheapest that is good enough; "
    "default: the top third of the layers trains, e.g. 4 of 6 are shared."
)
_TORCH = ("torch", "transformers", "safetensors")


def add(app: typer.Typer, context: Context) -> None:
    """Add `tune` with one subcommand for each task that has a head."""
    group = typer.Typer(
        name="tune",
        cls=group_of_tasks(context.plugins.head_task),
        help=described(
            "Tune a model of a task on labelled data, measure it and register it.",
            "trunkline tune classification --name intents --data train.csv",
            "trunkline tune ner --name tickets --data train.conll --dev dev.conll --fork-layer auto",
            "trunkline tune classification --name intents --data exported.csv --drop-bad-rows",
            "trunkline tune classification --help",
        ),
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    for task in context.plugins.tasks.values():
        if isinstance(task, HeadTask):
            group.command(task.name, help=_help(task), short_help=task.summary)(_command(context, task))
    app.add_typer(group)


def _help(task: HeadTask[Any, Any, Any]) -> str:
    kind = "csv" if fits_delimited(task.example_model) else "jsonl"
    command = f"trunkline tune {task.name} --name tickets --data train.{kind}"
    examples = (f"{command} --dev dev.{kind} --fork-layer 4", f"{command} --fork-layer auto --json")
    if isinstance(task, DecoderTask):  # none writes from nothing
        going_on = f"{command} --start {task.name}/general"
        examples = (f"{going_on} --tuning head --dev 0.05", f"{going_on} --tuning full --alias production --json")
    return described(task.summary, *examples, between=columns_told(task.example_model))


def _command(context: Context, task: HeadTask[Any, Any, Any]) -> Any:
    own = options_of(task.options_model, (), f"Options of {task.name}")

    def command(**given: Any) -> None:
        options = made(task.options_model, {one.name: given.pop(one.name) for one in own})
        tune(context, task, options=options.model_dump(exclude_unset=True), **given)

    with_signature(command, [*parameters_of(tune), *own], task.summary)
    return command


def tune(
    context: Context,
    task: HeadTask[Any, Any, Any],
    options: dict[str, Any],
    *,
    name: Annotated[str, typer.Option(help="The model's name: a new one, or one to add a version to.")],
    data: Annotated[str, typer.Option(metavar="FILE", help="Rows to learn from.", rich_help_panel=DATA)],
    dev: Annotated[
        str, typer.Option(metavar="FILE|SHARE", help="Rows to choose by: a file, or a share.", rich_help_panel=DATA)
    ] = "0.1",
    test: Annotated[
        str | None, typer.Option(metavar="FILE", help="Rows to measure once more on, at the end.", rich_help_panel=DATA)
    ] = None,
    column: Annotated[
        list[str],
        typer.Option(
            metavar="FIELD=COLUMN",
            help="Which column a field is in, where their names differ; repeatable.",
            rich_help_panel=DATA,
        ),
    ] = [],  # noqa: B006  # typer reads it and never changes it
    keep_data: Annotated[bool, typer.Option(help="Keep the rows, to tune again later.", rich_help_panel=DATA)] = True,
    drop_bad_rows: Annotated[
        bool,
        typer.Option(
            "--drop-bad-rows", help="Leave out rows that cannot be used, and tell them.", rich_help_panel=DATA
        ),
    ] = False,
    trunk: Annotated[
        str, typer.Option(help="minilm, a folder, a hub id or a registered trunk.", rich_help_panel=PLACE)
    ] = "minilm",
    start: Annotated[
        str | None,
        typer.Option(metavar="TASK/NAME", help="Go on from this version's decoder.", rich_help_panel=PLACE),
    ] = None,
    tuning: Annotated[Literal["head", "layers", "full"], typer.Option(help="What trains.", rich_help_panel=PLACE)] = (
        "layers"
    ),
    fork: Annotated[
        str | None,
        typer.Option("--fork-layer", metavar="K|auto", help=FORK, rich_help_panel=PLACE),
    ] = None,
    branch_layers: Annotated[
        int | None, typer.Option(min=0, help="Layers of its own; default: all above the fork.", rich_help_panel=PLACE)
    ] = None,
    reads: Annotated[
        Literal["last", "mix"], typer.Option(help="What a head alone reads of the stem.", rich_help_panel=PLACE)
    ] = "last",
    joined_at: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            min=1,
            help="Read question and text apart up to layer K, and fork there.",
            rich_help_panel=PLACE,
        ),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(help="Loss that auto accepts for a cheaper version.", rich_help_panel=PLACE)
    ] = 0.01,
    include_full: Annotated[bool, typer.Option(help="Let auto try full tuning too.", rich_help_panel=PLACE)] = False,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Default: 4, or 10 for a head alone.", rich_help_panel=TRAINING)
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, rich_help_panel=TRAINING)] = 32,
    learning_rate: Annotated[
        float | None, typer.Option(help="Of the layers; default by what trains.", rich_help_panel=TRAINING)
    ] = None,
    head_learning_rate: Annotated[
        float | None, typer.Option(help="Of the head; default by what trains.", rich_help_panel=TRAINING)
    ] = None,
    warmup: Annotated[float, typer.Option(help="Share of the steps.", rich_help_panel=TRAINING)] = 0.1,
    weight_decay: Annotated[float, typer.Option(rich_help_panel=TRAINING)] = 0.01,
    gradient_clip: Annotated[float, typer.Option(help="Largest norm.", rich_help_panel=TRAINING)] = 1.0,
    patience: Annotated[
        int | None,
        typer.Option(min=1, help="Epochs without a gain; default: half of all, at least 3.", rich_help_panel=TRAINING),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, rich_help_panel=TRAINING)] = 0,
    precision: Annotated[
        Literal["auto", "fp32", "bf16"], typer.Option(help="auto: bf16 where the CPU has it.", rich_help_panel=TRAINING)
    ] = "auto",
    stem_backend: Annotated[
        Literal["auto", "torch", "openvino"],
        typer.Option(help="Runs the frozen layers; auto: openvino in bf16 where it pays.", rich_help_panel=TRAINING),
    ] = "auto",
    threads: Annotated[
        int | None, typer.Option(min=1, help="Default: TRUNKLINE_THREADS, or the cores.", rich_help_panel=TRAINING)
    ] = None,
    alias: Annotated[
        str | None, typer.Option(help="Point this alias at the version, unless its --start is better.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tune, set the alias if one is asked for, and show what came of it."""
    check_name(name, "model name")
    if alias is not None:
        check_alias(alias)
    _need_torch()
    from trunkline.tuning.tune import tune as run

    progress = TerminalProgress()
    result = run(
        task.name,
        name=name,
        data=data,
        dev=share_or_file(dev),
        test=test,
        columns=columns_of(column),
        fork_layer=fork_layer(fork),
        trunk=trunk,
        start=start,
        tuning=tuning,
        branch_layers=branch_layers,
        reads=reads,
        joined_at=joined_at,
        tolerance=tolerance,
        include_full=include_full,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        head_learning_rate=head_learning_rate,
        warmup=warmup,
        weight_decay=weight_decay,
        gradient_clip=gradient_clip,
        patience=patience,
        seed=seed,
        precision=precision,
        stem_backend=stem_backend,
        threads=threads,
        options=options,
        keep_data=keep_data,
        drop_bad_rows=drop_bad_rows,
        settings=context.settings,
        plugins=context.plugins,
        progress=progress,
    )
    worse = "" if alias is None else worse_than_start(result, task, alias)
    if alias is not None and not worse:
        context.registry.set_alias(result.version.reference, alias)
    show(result, task, None if worse else alias, as_json)
    if worse:
        progress.say(worse)
        raise typer.Exit(Conflict.exit_code)


def _need_torch() -> None:
    from importlib.util import find_spec

    if not all(find_spec(name) for name in _TORCH):
        raise MissingExtra.needed("tuning", "torch")
