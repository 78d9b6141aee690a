from __future__ import annotations

from typing import Any

from trunkline import TaskResponse
from trunkline.export.comparison import compare_answers


class Said(TaskResponse):
    label: str = ""
    score: float = 0.0
    others: list[dict[str, Any]] = []


def test_equal_answers_whatever_their_scores_and_the_order_of_near_equals() -> None:
    exact = [
        Said(model="a@1", label="x", score=0.9, others=[{"label": "x", "score": 0.5}, {"label": "y", "score": 0.4}]),
        Said(model="a@1", label="x", score=0.9),
        Said(model="a@1", label="x", others=[{"label": "x", "score": 0.5}]),
    ]
    found = [
        Said(model="b@2", label="x", score=0.85, others=[{"label": "y", "score": 0.42}, {"label": "x", "score": 0.5}]),
        Said(model="b@2", label="y", score=0.9),
        Said(model="b@2", label="x", others=[]),
    ]
    same, distance = compare_answers(exact, found)
    assert same == 1 / 3
    assert abs(distance - 0.05) < 1e-9
    assert compare_answers(exact, exact) == (1.0, 0.0)
