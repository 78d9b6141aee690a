"""`trunkline estimate --log FILE`: what sharing would save, before anything is deployed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trunkline.cli.arguments import columns_of
from trunkline.cli.context import Context
from trunkline.cli.estimate_told import as_table, told
from trunkline.cli.output import Json, described, print_json, print_table, print_text
from trunkline.errors import InvalidInput
from trunkline.prediction.source import SourceRow, objects, renamed, rows

if TYPE_CHECKING:
    from trunkline.estimate.estimate import Estimate
    from trunkline.serving.engine import Engine

STANDARD_INPUT = Path("standard input")
HIGHEST_RATE = 1e9  # requests per second
LATEST = 1e11  # seconds: all times of a log lie within
LINES = """A line has text (or text_hash, where texts may not be given) and task (or model), and may have tokens
(special ones included) and time (seconds since 1970, or ISO 8601). A model means what the registry says now; a task
alone means its version in production, or its only model."""


def add(app: typer.Typer, context: Context) -> None:
    """Add `estimate`."""

    @app.command(
        help=described(
            "Tell what sharing a trunk saves for the traffic of a log: layers, cores, memory.",
            "trunkline estimate --log traffic.jsonl",
            "zcat logs/*.gz | trunkline estimate --log - --versions intents@3 --versions tickets@1 --rate 200 --json",
            between=LINES,
        )
    )
    def estimate(
        log: Annotated[str, typer.Option(metavar="FILE", help="Requests: .jsonl, .csv, .tsv; - reads JSON lines.")],
        versions: Annotated[
            list[str], typer.Option(metavar="MODEL", help="Versions that stand for their tasks; repeatable.")
        ] = [],  # noqa: B006
        rate: Annotated[
            float | None, typer.Option(help="Requests per second; left out: what the log's times say.")
        ] = None,
        within: Annotated[
            float, typer.Option(metavar="SECONDS", help="Requests of one text that come so close share a pass.")
        ] = 1.0,
        measure: Annotated[bool, typer.Option(help="Measure this machine's speed, which cores are told from.")] = True,
        column: Annotated[list[str], typer.Option(metavar="FIELD=COLUMN", help="Which column a field is in.")] = [],  # noqa: B006
        as_json: Json = False,
    ) -> None:
        _check(rate, within)
        named = columns_of(column)
        read = _standard_input(named) if log == "-" else rows(Path(log), named)
        found = _estimate(context, read, versions, rate, within, measure)
        if as_json:
            print_json({"log": log, **told(found)})
            return
        summary, by_version = as_table(found)
        print_table(("model", "trunk", "requests", "layers", "fork", "own"), by_version)
        print_text("")
        print_table(("", "whole models", "shared"), summary)
        for line in told(found)["verdict"]:
            print_text(line)


def _check(rate: float | None, within: float) -> None:
    if rate is not None and not 0 < rate <= HIGHEST_RATE:
        raise InvalidInput(f"--rate {rate}: a rate lies above 0 and is at most {HIGHEST_RATE:.0f}")
    if not 0 <= within <= LATEST:
        raise InvalidInput(f"--within {within}: seconds lie between 0 and {LATEST:.0f}")


def _standard_input(columns: dict[str, str]) -> Iterator[SourceRow]:
    for row in objects(sys.stdin.buffer, STANDARD_INPUT):
        yield row if row.fields is None else replace(row, fields=renamed(row.fields, columns))


def _estimate(
    context: Context,
    read: Iterator[SourceRow],
    versions: Sequence[str],
    rate: float | None,
    within: float,
    measure: bool,
) -> Estimate:
    from trunkline.estimate.estimate import count_log
    from trunkline.estimate.meaning import Meanings
    from trunkline.estimate.memory import memory, weights_of
    from trunkline.serving.catalog import RegistryCatalog
    from trunkline.serving.engine import Engine
    from trunkline.serving.table import Table
    from trunkline.trunk.tokenizer import Tokenizer

    registry = context.registry
    meanings = Meanings(Table.of(registry.versions(), registry.trunks()), versions)
    tokenizer = Tokenizer.from_folder(registry.trunk_folder(meanings.all_met()[0].trunk_id))
    found = count_log(read, meanings, tokenizer.count, within=within, rate=rate)
    shapes = [asked.shape for asked in found.traffic.asked]
    found = replace(found, memory=memory({shape.model: weights_of(registry, shape) for shape in shapes}, shapes))
    if not measure:
        return found
    with Engine(RegistryCatalog(registry), context.plugins, context.settings, follow=False) as engine:
        return _measured(found, engine)


def _measured(found: Estimate, engine: Engine) -> Estimate:
    from trunkline.estimate.calibration import seconds_per_layer_and_token
    from trunkline.estimate.sharing import cores

    tokens = found.traffic.tokens / found.traffic.requests
    seconds = {
        trunk: seconds_per_layer_and_token(engine.lane(trunk), tokens, engine.settings.batch_tokens)
        for trunk in found.traffic.stems
    }
    busy = cores(found.traffic, seconds, found.rate) if found.rate else None
    return replace(found, seconds=seconds, cores=busy)
