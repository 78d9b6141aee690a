"""Pictures: valid XML whatever the labels are, and big enough to be read."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from trunkline.testing import HOSTILE_TEXTS
from trunkline_classification.figures import MOST, confusion_matrix, figures

SVG = "{http://www.w3.org/2000/svg}"


def drawn(labels: list[Any], seed: int = 0) -> ElementTree.Element:
    random = np.random.default_rng(seed)
    matrix = random.integers(0, 2, (len(labels), len(labels))) + np.diag(np.full(len(labels), 30))
    return ElementTree.fromstring(confusion_matrix(labels, matrix.tolist()))


@pytest.mark.parametrize("count", [2, 12, 40, 77, 150])
def test_every_class_is_named_twice_and_readable(count: int) -> None:
    root = drawn([f"class number {index}" for index in range(count)])
    names = [node for node in root.iter(f"{SVG}text") if (node.text or "").startswith("class")]
    assert len(names) == 2 * count
    assert min(float(node.get("font-size", 0)) for node in root.iter(f"{SVG}text")) >= 6
    rows = sorted({float(node.get("y", 0)) for node in names if not node.get("transform")})
    assert min(np.diff(rows)) >= max(float(node.get("font-size", 0)) for node in names)


def test_hostile_labels_stay_text() -> None:
    labels = [*HOSTILE_TEXTS.values(), "<script>alert('x')</script>", '"><svg onload="x">', None]
    root = drawn(labels)
    assert not list(root.iter(f"{SVG}script"))
    shown = [node.text for node in root.iter(f"{SVG}text")]
    assert shown.count("none of these") == 2


def test_of_too_many_classes_the_worst_are_drawn() -> None:
    count = MOST + 50
    matrix = np.zeros((count, count), dtype=int)
    matrix[-1, 0] = 3
    root = ElementTree.fromstring(confusion_matrix([f"c{i}" for i in range(count)], matrix.tolist()))
    shown = [node.text for node in root.iter(f"{SVG}text")]
    assert f"c{count - 1}" in shown
    assert f"{MOST} of {count} classes" in (shown[0] or "")


def test_a_report_gives_its_figures() -> None:
    bins = [{"above": 0.8, "up_to": 0.9, "n": 3, "confidence": 0.85, "accuracy": 1.0}]
    whole = {"confusion": {"labels": ["a", "b"], "matrix": [[1, 0], [1, 2]]}, "calibration": bins}
    for drawing in figures(whole).values():
        ElementTree.fromstring(drawing)
    assert set(figures(whole)) == {"confusion.svg", "calibration.svg"}
    assert figures({"per_class": []}) == {}
