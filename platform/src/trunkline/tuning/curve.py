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

    def added(self, shared: int) -> int:
        """Layers that a text costs more where others have run the trunk up to layer `shared` for it already."""
        return self.cost if self.full else self.branch_layers + max(0, self.fork_layer - shared)

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
    shared: int = 0  # the highest fork of other versions on the trunk: what is below it is paid for

    def lines(self) -> list[str]:
        """The curve as a table of text, cheapest first, the chosen one marked."""
        adds = f"  {'adds':>4}" if self.shared else ""
        rows = [f"{'fork + branch':>14}  {'cost':>4}{adds}  {self.metric:>10}  {'seconds':>8}"]
        order = sorted(range(len(self.points)), key=lambda i: (self.points[i].cost, self.points[i].fork_layer))
        for number in order:
            point = self.points[number]
            mark = "  <- kept" if number == self.chosen else ""
            added = f"  {point.added(self.shared):>4}" if self.shared else ""
            rows.append(
                f"{point.label:>14}  {point.cost:>4}{added}  {point.metric:>10.4f}  {point.seconds:>8.1f}{mark}"
            )
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

    Cheapest is what adds the fewest layers to a text that meets the versions which leave at the forks `used` as well:
    up to the highest of these the trunk runs anyway. Of equals, what is cheapest by itself, then one that shares a
    trunk before one that does not, then one whose fork is in `used`, then the better one.
    """
    _, bound = acceptable(points, tolerance, higher_is_better)
    sign = 1 if higher_is_better else -1
    good = [number for number, point in enumerate(points) if sign * point.metric >= sign * bound]

    shared = max(used, default=0)

    def dearness(number: int) -> tuple[int, int, bool, bool, float]:
        point = points[number]
        return point.added(shared), point.cost, point.full, point.fork_layer not in used, -sign * point.metric

    return min(good, key=dearness)
