"""Row: where `--fork-layer auto` leaves when four models are tuned one after the other on one trunk.

Nothing is trained: auto tries the same places whatever others use, so its rule is applied to the trials of seed 0 that
were measured, each time with the forks of the models before.
"""

from __future__ import annotations

from typing import Any

from benchmarks.quality.languages_row import languages
from benchmarks.quality.plane_row import LAYERS, TOLERANCE
from benchmarks.quality.store import measured, stored
from trunkline.tuning import plane
from trunkline.tuning.curve import Point, cheapest

ORDER = ("banking77", "snips-intents", "snips-slots", "languages")


def together() -> dict[str, Any]:
    """Give each data set's place, in the order of tuning."""
    return measured("auto-together/seed-0", _chosen)


def _chosen() -> dict[str, Any]:
    used: list[int] = []
    places = {}
    for data in ORDER:
        points = _languages() if data == "languages" else _trials(data)
        kept = points[cheapest(points, TOLERANCE, True, used)]
        used.append(kept.fork_layer)
        best = max(point.metric for point in points)
        places[data] = {
            "fork_layer": kept.fork_layer,
            "branch_layers": kept.branch_layers,
            "dev": kept.metric,
            "best_tried": best,
        }
    return {"places": places}


def _trials(corpus: str) -> list[Point]:
    """Give the trials that auto makes on a corpus, from the cells of its plane."""
    scores = {place: _cell(corpus, place) for place in plane.coarse(LAYERS)}
    while (further := plane.deeper(LAYERS, scores, TOLERANCE)) is not None:
        scores[further] = _cell(corpus, further)
    return [_point(*place, score) for place, score in scores.items()]


def _cell(corpus: str, place: plane.Place) -> float:
    found = stored(f"plane/{corpus}/k{place[0]}-b{place[1]}/seed-0")
    if found is None:
        raise SystemExit(f"the plane of {corpus} is not measured: run the row plane first")
    return float(found["dev"])


def _languages() -> list[Point]:
    return [_point(point["fork_layer"], point["branch_layers"], point["metric"]) for point in languages()["points"]]


def _point(fork: int, branch: int, metric: float) -> Point:
    return Point(fork_layer=fork, branch_layers=branch, metric=metric, seconds=0.0)
