"""`trunkline compile MODEL`: a version made ready for a faster engine, if it keeps its quality there."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from trunkline.cli.arguments import MEANT
from trunkline.cli.context import Context
from trunkline.cli.output import Json, described, evaluation_json, metric_text, print_json, print_table, print_text
from trunkline.cli.progress import TerminalProgress


def add(app: typer.Typer, context: Context) -> None:
    """Add `compile`."""

    @app.command(
        "compile",
        help=described(
            "Convert a version for a faster engine, hold it against torch in fp32 on its own dev data, and keep its "
            "graphs in the registry with how good it is there; refuse it where it loses too much.",
            "trunkline compile ner/tickets@4",
            "trunkline compile ner/tickets@4 --precision int8 --max-drop 0.01 --min-agreement 0.95",
            "trunkline compile ner/tickets@4 --backend onnxruntime",
            "trunkline compile translation/en-de --backend ctranslate2 --data pairs.tsv",
            "trunkline compile classification/intents --precision fp32 --max-drop 0 --data dev.csv --json",
        ),
    )
    def compile_(
        model: Annotated[str, typer.Argument(metavar="MODEL", help=MEANT)],
        backend: Annotated[
            Literal["openvino", "onnxruntime", "ctranslate2"],
            typer.Option(help="The engine; ctranslate2 runs what writes."),
        ] = "openvino",
        precision: Annotated[
            Literal["fp32", "bf16", "int8"] | None,
            typer.Option(
                help="Default: fp32, but openvino in bf16 where the CPU multiplies in it, ctranslate2 in int8."
            ),
        ] = None,
        max_drop: Annotated[
            float | None,
            typer.Option(
                min=0,
                help="How much of its primary metric it may lose, in its own units; default: 0.5 % of its range.",
            ),
        ] = None,
        min_agreement: Annotated[
            float | None,
            typer.Option(min=0, max=1, help="Share of its answers that must be torch's in fp32; default: any."),
        ] = None,
        data: Annotated[
            str | None, typer.Option(metavar="FILE", help="Labelled rows; default: the dev data kept with it.")
        ] = None,
        calibration: Annotated[
            str | None,
            typer.Option(
                metavar="FILE", help="Rows whose texts int8 is quantized on; default: the training data kept with it."
            ),
        ] = None,
        as_json: Json = False,
    ) -> None:
        from trunkline.export.compile import compile_version

        done = compile_version(
            model,
            backend=backend,
            precision=precision,
            max_drop=max_drop,
            min_agreement=min_agreement,
            data=data,
            calibration=calibration,
            settings=context.settings,
            plugins=context.plugins,
            progress=TerminalProgress(),
        )
        evaluation, comparison = done.evaluation, done.comparison
        if as_json:
            extra = {"drop": done.drop, "speedup": done.speedup, "against_torch_fp32": comparison.model_dump()}
            print_json({**evaluation_json(evaluation), **extra})
            return
        print_text(f"{evaluation.model}  {evaluation.backend} {evaluation.precision}  n {evaluation.n}")
        print_table(("metric", "value [95 %]"), [metric_text(*one).split(" ", 1) for one in evaluation.metrics.items()])
        print_text(
            f"against torch fp32: {comparison.same_answers:.2%} of the answers equal, hidden states "
            f"{comparison.states:.1e} apart, {0.0 - done.drop:+.4f} in the primary metric"
        )
        seconds = f"{1 / done.speedup:.2f} of the seconds that torch took"
        print_text(f"these rows were answered in {seconds}; beside other work that means little")
