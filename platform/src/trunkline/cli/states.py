"""`trunkline states`: hidden states of whole archives, computed once for all versions to come."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trunkline.cli.arguments import columns_of
from trunkline.cli.context import Context
from trunkline.cli.output import Json, described, print_json, print_text
from trunkline.cli.progress import TerminalProgress

if TYPE_CHECKING:
    from trunkline.archive.manifest import Manifest


def add(app: typer.Typer, context: Context) -> None:
    """Add the group `states`."""
    group = typer.Typer(
        name="states",
        help=described(
            "Keep an archive's hidden states, so that new versions answer it without running the stem.",
            "trunkline states build --trunk minilm --layer 5 --input archive.jsonl --output archive-states",
            "trunkline predict classification --model intents@7 --states archive-states --output answers.jsonl",
        ),
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    _add_build(group, context)
    _add_show(group)
    app.add_typer(group)


def _add_build(group: typer.Typer, context: Context) -> None:
    @group.command(
        help=described(
            "Run the stem over every row of a file and keep the states at one layer. "
            "A run that was killed goes on when it is repeated: it loses 256 rows at most, of long texts fewer.",
            "trunkline states build --trunk minilm --layer 5 --input archive.jsonl --output archive-states",
            "trunkline states build --layer 4 --input archive.csv --column text=body --dtype fp32 --output kept --json",
            between="A row has a text and, where a pair is meant, a text_pair. Only versions that leave the trunk at "
            "that layer, and read nothing below it, go on from these states.",
        )
    )
    def build(
        layer: Annotated[int, typer.Option(metavar="LAYER", help="The fork layer of the versions to come.")],
        input_: Annotated[Path, typer.Option("--input", metavar="FILE", help="Rows: .jsonl, .csv, .tsv, .txt.")],
        output: Annotated[Path, typer.Option(metavar="DIR", help="The folder to make.")],
        trunk: Annotated[str | None, typer.Option(help="A registered trunk; may be left out where it is one.")] = None,
        dtype: Annotated[
            str, typer.Option(help="bf16, fp16 or fp32: two bytes a number, two, or four and exact.")
        ] = "bf16",
        column: Annotated[list[str], typer.Option(metavar="FIELD=COLUMN", help="Which column a field is in.")] = [],  # noqa: B006
        as_json: Json = False,
    ) -> None:
        from trunkline.archive.build import build as run
        from trunkline.serving.catalog import RegistryCatalog
        from trunkline.serving.engine import Engine

        with Engine(RegistryCatalog(context.registry), context.plugins, context.settings, follow=False) as engine:
            built = run(
                engine, trunk, layer, input_, output, TerminalProgress(), dtype=dtype, columns=columns_of(column)
            )
        more = {"resumed_at": built.resumed_at, "estimated_bytes": built.estimated_bytes}
        if as_json:
            print_json({"output": str(output), **_told(built.manifest), **more})
            return
        before = f", {built.resumed_at} of the rows by an earlier run" if built.resumed_at else ""
        print_text(f"{_line(built.manifest)} in {output}{before}")


def _add_show(group: typer.Typer) -> None:
    @group.command(help=described("Tell what a folder of states holds.", "trunkline states show archive-states --json"))
    def show(
        folder: Annotated[Path, typer.Argument(metavar="DIR", help="What states build made.")], as_json: Json = False
    ) -> None:
        from trunkline.archive.manifest import manifest_of

        manifest = manifest_of(folder)
        if as_json:
            print_json({"folder": str(folder), **_told(manifest)})
        else:
            print_text(f"{_line(manifest)}, of {manifest.input}, by {manifest.backend} in {manifest.precision}")


def _told(manifest: Manifest) -> dict[str, Any]:
    sums = {name: getattr(manifest, name) for name in ("rows", "windows", "tokens", "bytes")}
    return {**manifest.model_dump(mode="json", exclude={"format", "shards"}), **sums}


def _line(manifest: Manifest) -> str:
    return (
        f"{manifest.rows} rows, {manifest.tokens} tokens, {manifest.bytes / 2**20:,.1f} MiB: states of "
        f"{manifest.trunk} at layer {manifest.layer} in {manifest.dtype}"
    )
