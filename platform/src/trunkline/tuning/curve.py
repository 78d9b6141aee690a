"""Metric against cost: what the trials of `auto` found, as a record, a table and a drawing."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from trunkline.records.record import Record


class Point(Record):
    """One trial: a place in the plane of fork and branch length, and what it came to."""

    fork_layer: int
    branch_layers: int
    full: bool = False  # everything trained: a trunk of its own
    metric: float  # on dev, as the task gives it
    seconds: float  # of its training, states at the fork already there

    @property
    def cost(self) -> int:
        """Layers that a request runs through."""
        return self.fork_layer + self.branch_layers

    @property
    def label(self) -> str:
        return "everything" if self.full else f"{self.fork_layer} + {self.branch_layers}"


class Curve(Record):
    """All trials of one run, and the one that was kept."""

    metric: str
    higher_is_better: bool
    tolerance: float  # relative
    points: tuple[Point, ...]
    chosen: int  # index into points

    def lines(self) -> list[str]:
        """The curve as a table of text, cheapest first, the chosen one marked."""
        rows = [f"{'fork + branch':>14}  {'cost':>4}  {self.metric:>10}  {'seconds':>8}"]
        order = sorted(range(len(self.points)), key=lambda i: (self.points[i].cost, self.points[i].fork_layer))
        for number in order:
            point = self.points[number]
            mark = "  <- kept" if number == self.chosen else ""
            rows.append(f"{point.label:>14}  {point.cost:>4}  {point.metric:>10.4f}  {point.seconds:>8.1f}{mark}")
        return rows

    def svg(self) -> str:
        """Draw metric against cost, one mark a trial; the band is what the tolerance accepts."""
        import matplotlib as mpl
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        with mpl.rc_context({"svg.hashsalt": "trunkline", "svg.fonttype": "none"}):  # same curve, same bytes
            figure = Figure(figsize=(6, 4), layout="constrained")
            axes = figure.add_subplot()
            self._draw(axes)
            canvas = io.StringIO()
            FigureCanvasSVG(figure).print_svg(canvas, metadata={"Date": None})
        return canvas.getvalue()

    def _draw(self, axes: Any) -> None:
        best, bound = acceptable(self.points, self.tolerance, self.higher_is_better)
        axes.axhspan(*sorted((best, bound)), alpha=0.15, label=f"within {self.tolerance:.1%} of the best")
        for number, point in enumerate(self.points):
            look = {"marker": "*", "s": 140, "color": "C1"} if number == self.chosen else {"s": 30, "color": "C0"}
            place = (point.cost, point.metric)
            axes.scatter(*place, **look)
            axes.annotate(point.label, place, textcoords="offset points", xytext=(5, 4), fontsize=8)
        axes.set(xlabel="cost: layers a request runs through", ylabel=f"{self.metric} on dev")
        axes.legend(loc="lower right")


def acceptable(points: Sequence[Point], tolerance: float, higher_is_better: bool) -> tuple[float, float]:
    """The best metric, and the worst that is still within `tolerance` of it."""
    metrics = [point.metric for point in points]
    best = max(metrics) if higher_is_better else min(metrics)
    slack = tolerance * abs(best)
    return best, best - slack if higher_is_better else best + slack


def cheapest(points: Sequence[Point], tolerance: float, higher_is_better: bool, used: Sequence[int] = ()) -> int:
    """The index of the cheapest point within tolerance of the best.

    Of equals in cost, one that shares a trunk before one that does not, then one whose fork is in `used` (its
    stem is paid for already), then the better one.
    """
    _, bound = acceptable(points, tolerance, higher_is_better)
    sign = 1 if higher_is_better else -1
    good = [number for number, point in enumerate(points) if sign * point.metric >= sign * bound]

    def dearness(number: int) -> tuple[int, bool, bool, float]:
        point = points[number]
        return point.cost, point.full, point.fork_layer not in used, -sign * point.metric

    return min(good, key=dearness)
