"""From logits to an answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError
from scipy.special import expit, softmax

from trunkline import CorruptArtifact
from trunkline.testing import HOSTILE_TEXTS
from trunkline_classification.config import ClassifierConfig
from trunkline_classification.messages import ClassificationRequest, ClassificationResponse
from trunkline_classification.prediction import predict, respond

LOGITS = np.array([0.5, 2.0, -1.0], dtype=np.float32)


def ask(logits: Any = LOGITS, *, request: dict[str, Any] | None = None, **config: Any) -> ClassificationResponse:
    known = ClassifierConfig(labels=tuple("abcdefgh"[: len(logits)]), **config)
    return respond(ClassificationRequest(text="x", **(request or {})), predict([{"logits": logits}], known)[0])


def test_probabilities_are_the_softmax_likeliest_first() -> None:
    got = ask()
    assert got.label == "b"
    assert got.labels is None
    assert [entry.label for entry in got.scores] == ["b", "a", "c"]
    np.testing.assert_allclose([entry.score for entry in got.scores], sorted(softmax(LOGITS), reverse=True), rtol=1e-6)
    assert got.score == got.scores[0].score


def test_temperature_flattens() -> None:
    np.testing.assert_allclose(ask(temperatures=(2.0,)).score, softmax(LOGITS / 2).max(), rtol=1e-6)


def test_several_labels_each_for_itself() -> None:
    got = ask(multi_label=True, threshold=0.5)
    assert got.labels == ["b", "a"]
    assert got.score == pytest.approx(expit(2.0))
    none = ask(multi_label=True, threshold=0.95)
    assert none.labels == []
    assert none.label is None


def test_under_the_threshold_it_is_none_of_these() -> None:
    assert ask(threshold=0.9).label is None
    assert ask(threshold=0.9).scores[0].label == "b"
    assert ask(threshold=0.9, request={"threshold": 0.1}).label == "b"
    assert ask(request={"threshold": 0.99}).label is None


def test_top_k() -> None:
    assert len(ask(request={"top_k": 1}).scores) == 1
    assert len(ask(np.zeros(8, dtype=np.float32)).scores) == 5
    assert len(ask(request={"top_k": 10**6}).scores) == 3


@pytest.mark.parametrize("bad", [{"top_k": 0}, {"threshold": 1.5}, {"threshold": float("nan")}, {"tresh": 1}])
def test_odd_requests_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ClassificationRequest.model_validate({"text": "x", **bad})


def test_damaged_weights_are_told() -> None:
    with pytest.raises(CorruptArtifact, match="not finite"):
        ask(np.array([0.0, np.nan], dtype=np.float32))


@given(arrays(np.float32, st.integers(2, 8), elements=st.floats(-1e4, 1e4, width=32)), st.booleans())
def test_any_logits_give_probabilities(logits: Any, multi_label: bool) -> None:
    got = ask(logits, multi_label=multi_label, request={"top_k": 8})
    values = [entry.score for entry in got.scores]
    assert values == sorted(values, reverse=True)
    assert multi_label or sum(values) == pytest.approx(1.0)
    assert ClassificationResponse.model_validate_json(got.model_dump_json()) == got


def test_hostile_labels_pass_unchanged() -> None:
    labels = tuple(HOSTILE_TEXTS.values())
    config = ClassifierConfig.read(ClassifierConfig(labels=labels).write())
    for index, label in enumerate(labels):
        logits = np.eye(len(labels), dtype=np.float32)[index] * 9
        got = respond(ClassificationRequest(text=label), predict([{"logits": logits}], config)[0])
        assert ClassificationResponse.model_validate_json(got.model_dump_json()).label == label
