"""What a command prints: one JSON object, or text and tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from trunkline.records import Evaluation, Metric
from trunkline.records.evaluation import REFERENCE

_UNWRAPPED = 1000  # columns where nobody reads along: a row stays on one line
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object to standard output, nothing else.")]


def described(summary: str, *examples: str, between: str = "") -> str:
    """Write a help text: what it does, what is `between`, then examples, their lines kept as they are."""
    heading = "Examples:" if len(examples) > 1 else "Example:"
    told = [summary, "", *([between, ""] if between else []), "\b", heading]
    return "\n".join([*told, *(f"  {example}" for example in examples)])


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object on one line; escaped where the terminal is not UTF-8."""
    plain = (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"
    line = json.dumps(value, ensure_ascii=plain, allow_nan=False, default=str)
    sys.stdout.write(_sayable(line) + "\n")
    sys.stdout.flush()


def print_text(text: str | Text) -> None:
    """Print text as it is: no wrapping, no markup, colours only on a terminal."""
    told = _sayable(text) if isinstance(text, str) else text
    Console(soft_wrap=True, markup=False, highlight=False, emoji=False).print(told)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under headings (none where `columns` are all empty); cells are shown literally."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold", show_header=any(columns))
    for row in rows:
        table.add_row(*(Text(_sayable(str(cell))) for cell in row))
    Console(width=None if sys.stdout.isatty() else _UNWRAPPED).print(table)


def _sayable(text: str) -> str:
    """Escape what UTF-8 cannot hold, such as the bytes of a file name in another encoding."""
    return text.encode(errors="backslashreplace").decode()


def metric_json(metric: Metric) -> dict[str, float | None]:
    return {"value": metric.value, "low": metric.low, "high": metric.high}


def evaluation_json(evaluation: Evaluation) -> dict[str, Any]:
    """Give the figures that `evaluate --json` and `tune --json` share."""
    return {
        "model": evaluation.model,
        "n": evaluation.n,
        "metrics": {name: metric_json(metric) for name, metric in evaluation.metrics.items()},
        "seconds": round(evaluation.seconds, 3),
        "split": evaluation.split,
        "dataset": evaluation.dataset_name,
        "fingerprint": evaluation.dataset_fingerprint,
        "backend": evaluation.backend,
        "precision": evaluation.precision,
        "dropped_rows": evaluation.environment.get("dropped_rows", 0),
    }


def place_text(evaluation: Evaluation) -> str:
    """Write of which rows a figure is, and on which engine where that is not the reference: `dev, openvino int8`."""
    engine = (evaluation.backend, evaluation.precision)
    return evaluation.split if engine == REFERENCE else f"{evaluation.split}, {' '.join(engine)}"


def metric_text(name: str, metric: Metric) -> str:
    """Write `f1 0.861 [0.842, 0.879]`."""
    interval = f" [{metric.low:.3f}, {metric.high:.3f}]" if metric.low is not None and metric.high is not None else ""
    return f"{name} {metric.value:.3f}{interval}"
