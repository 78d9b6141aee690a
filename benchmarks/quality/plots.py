"""The plane drawn: metric against cost in layers."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from benchmarks.quality.corpora import CORPORA
from benchmarks.quality.figures import planes, references
from benchmarks.quality.statistics import mean
from benchmarks.quality.store import under

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "trunkline"  # the same picture is the same file


def draw_plane(corpus: str, file: Path) -> bool:
    """Draw one corpus's plane into `file`; returns whether anything was measured."""
    cells = planes(corpus)
    if not cells:
        return False
    figure, axes = plt.subplots(figsize=(7, 4.2))
    for branch in sorted({b for _, b in cells}):
        points = sorted(
            (k + b, 100 * mean([r["dev"] for r in results]), k) for (k, b), results in cells.items() if b == branch
        )
        axes.plot([p[0] for p in points], [p[1] for p in points], "o-", label=f"branch of {branch}", markersize=4)
        for cost, value, fork in points:
            axes.annotate(str(fork), (cost, value), textcoords="offset points", xytext=(4, 3), fontsize=7)
    for result in under(f"auto/{corpus}/").values():
        cost = result["fork_layer"] + result["branch_layers"]
        axes.plot(cost, 100 * result["dev"], "*", color="black", markersize=12)
    if theirs := references(corpus, "dev"):
        axes.axhline(100 * mean(theirs), linestyle="--", color="grey", label="reference (everything trains)")
    axes.set_xlabel("cost in layers (fork + branch); the number at a point is its fork")
    axes.set_ylabel(f"{CORPORA[corpus].metric} on dev, %")
    axes.set_title(f"{corpus}: stars are what auto picks at 1 %")
    axes.legend(fontsize=7)
    figure.tight_layout()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)
    return True
