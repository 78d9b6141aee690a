"""The curves drawn: over tasks, over text length, over connections, over the share of texts that meet all tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt

from benchmarks.speed.store import Store

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "trunkline"  # the same picture is the same file

Points = dict[str, list[tuple[float, float]]]
"""Of each side: where on the axis, and how much."""


def draw(store: Store, folder: Path) -> list[tuple[str, Path]]:
    """Draw what has been measured; gives titles and files."""
    pictures = (
        (
            "Seconds over the number of tasks on the same texts",
            "tasks",
            points(store, "curves/tasks/", seconds),
            ("tasks (MiniLM, fork 5, one layer of their own)", "seconds for all answers"),
        ),
        (
            "Tokens a second over text length",
            "length",
            points(store, "curves/length/", tokens_per_second),
            ("tokens in a text (BERT-base, one task)", "tokens a second"),
        ),
        (
            "Answers a second over connections",
            "connections",
            points(store, "curves/connections/", lambda found: found["medians"]),
            ("connections", "answers a second"),
        ),
        *(
            (
                f"Four tasks on {trunk}: times as fast as whole models",
                f"overlap-{trunk}",
                points(store, f"overlap/{trunk}/", speedup),
                ("texts that meet all four tasks, %", "times as fast"),
            )
            for trunk in ("minilm", "bert-base")
        ),
    )
    return [
        (title, file)
        for title, name, found, axes in pictures
        if (file := _drawn(folder / f"{name}.svg", title, found, axes))
    ]


def points(store: Store, prefix: str, values: Callable[[dict[str, Any]], Mapping[str, float]]) -> Points:
    """Give a curve for each side from the keys below `prefix` that end in a number."""
    found: Points = {}
    for key, measured in store.under(prefix).items():
        last = key.rsplit("/", 1)[1]
        if last.isdigit():
            for side, value in values(measured).items():
                found.setdefault(side, []).append((float(last), value))
    return found


def seconds(found: dict[str, Any]) -> Mapping[str, float]:
    return dict(found["medians"])


def tokens_per_second(found: dict[str, Any]) -> Mapping[str, float]:
    return {side: found["tokens"] / value for side, value in found["medians"].items()}


def speedup(found: dict[str, Any]) -> Mapping[str, float]:
    medians = found["medians"]
    return {side: value / medians["ours"] for side, value in medians.items() if side != "ours"}


def _drawn(file: Path, title: str, found: Points, axes: Sequence[str]) -> Path | None:
    if not found:
        return None
    figure, plot = plt.subplots(figsize=(7, 4.2))
    for side, curve in sorted(found.items()):
        plot.plot(*zip(*sorted(curve), strict=True), "o-", label=side, markersize=4)
    places = sorted({place for curve in found.values() for place, _ in curve})
    if places[0] > 0:  # counts and lengths, which double from one to the next
        plot.set_xscale("log", base=2)
        plot.set_xticks(places, [f"{place:g}" for place in places])
    plot.set_xlabel(axes[0])
    plot.set_ylabel(axes[1])
    plot.set_ylim(bottom=0)
    plot.set_title(title)
    plot.legend(fontsize=8)
    figure.tight_layout()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)
    return file
