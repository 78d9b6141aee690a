"""The task as the platform sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pytest

from trunkline import IGNORE, HeadOptions, load_plugins
from trunkline.testing import HOSTILE_TEXTS, TaskConformance, tiny_trunk
from trunkline_classification import plugin
from trunkline_classification.example import ClassificationExample, labels_of
from trunkline_classification.messages import ClassificationResponse, LabelScore
from trunkline_classification.options import ClassificationOptions
from trunkline_classification.task import ClassificationTask

SUBJECTS = {"refund": "my money back please", "late": "where is my order", "account": "cannot log in now"}
SINGLE = [
    ClassificationExample(text=f"{start} {text}", label=label)
    for label, text in SUBJECTS.items()
    for start in ("hello", "i ask again", "thank you but", "sorry")
]


class TestSingleLabel(TaskConformance):
    task = ClassificationTask()
    examples: ClassVar[Sequence[Any]] = SINGLE
    options: ClassVar[HeadOptions | None] = ClassificationOptions(dropout=0.0)

    def perfect_response(self, example: ClassificationExample) -> ClassificationResponse:
        labels = labels_of(example, multi_label=False)
        return ClassificationResponse(label=labels[0], score=1.0, scores=[LabelScore(label=labels[0], score=1.0)])


class TestNativeHead(TestSingleLabel):
    options: ClassVar[HeadOptions | None] = ClassificationOptions(pooling="native", class_weights="balanced")


class TestPairs(TestSingleLabel):
    examples: ClassVar[Sequence[Any]] = [
        example.model_copy(update={"text_pair": text})
        for example, text in zip(SINGLE, HOSTILE_TEXTS.values(), strict=False)
    ]
    options: ClassVar[HeadOptions | None] = ClassificationOptions(pooling="first", threshold="fit")


class TestSeveralLabels(TaskConformance):
    task = ClassificationTask()
    examples: ClassVar[Sequence[Any]] = [
        *(ClassificationExample(text=e.text, label=[e.label, "urgent"][: 1 + i % 2]) for i, e in enumerate(SINGLE)),
        ClassificationExample(text="nothing at all", label=[]),
    ]
    options: ClassVar[HeadOptions | None] = ClassificationOptions(threshold="fit")

    def perfect_response(self, example: ClassificationExample) -> ClassificationResponse:
        labels = list(labels_of(example, multi_label=True))
        best = LabelScore(label=(labels or ["urgent"])[0], score=1.0)
        return ClassificationResponse(label=labels[0] if labels else None, labels=labels, score=1.0, scores=[best])


def test_the_plugin_registers_it() -> None:
    plugins = load_plugins(block=["classification"], extra=[plugin])
    assert isinstance(plugins.tasks["classification"], ClassificationTask)


@pytest.mark.parametrize("several", [False, True])
def test_targets_name_the_labels(several: bool) -> None:
    task = ClassificationTask()
    examples = [ClassificationExample(text=x, label=[x] if several else x) for x in ("b", "a", "oos")]
    options = ClassificationOptions(out_of_scope_label="oos")
    config = task.head_config(examples, options, tiny_trunk().info)
    (encoded,) = tiny_trunk().tokenizer.encode(task.encoder_inputs(task.request(examples[0])))
    got = [task.targets(example, encoded, config)["label"].tolist() for example in examples]
    assert got == ([[0, 1], [1, 0], [0, 0]] if several else [1, 0, IGNORE])
    assert len(task.training_examples(examples, options)) == 2
    assert len(task.training_examples(examples, HeadOptions())) == 3


def test_calibration_fits_temperature_and_threshold() -> None:
    """On dev with out-of-scope rows, sure answers stay and unsure ones become none of these."""
    task, info = ClassificationTask(), tiny_trunk().info
    rows = [ClassificationExample(text="x", label=label) for label in ["a", "b"] * 20 + ["oos"] * 10]
    config = task.head_config(rows, ClassificationOptions(out_of_scope_label="oos"), info)
    sure = {"a": [9.0, -9.0], "b": [-9.0, 9.0], "oos": [0.5, 0.0]}
    outputs = [{"logits": np.array(sure[str(row.label)], dtype=np.float32)} for row in rows]
    outputs[0] = outputs[1]  # one mistake, so that it is too sure
    fitted = task.calibrate(outputs, [], rows, config)
    assert fitted["temperatures"][0] > 1.5
    assert 0.5 < fitted["threshold"] < 1
    (encoded,) = tiny_trunk().tokenizer.encode(task.encoder_inputs(task.request(rows[0])))
    responses = [
        task.respond(task.request(row), [task.decode(output, encoded, fitted)])
        for row, output in zip(rows, outputs, strict=True)
    ]
    metrics = task.score(responses, rows)
    assert metrics["out_of_scope_recall"] == 1.0
    assert metrics["accuracy"] == pytest.approx(49 / 50)
    assert metrics["calibration_error"] < 0.05


def test_dev_labels_that_training_never_saw_tell_nothing() -> None:
    task, info = ClassificationTask(), tiny_trunk().info
    rows = [ClassificationExample(text="x", label=label) for label in "ab"]
    config = task.head_config(rows, ClassificationOptions(), info)
    strange = [ClassificationExample(text="x", label="new")]
    assert task.calibrate([{"logits": np.zeros(2, dtype=np.float32)}], [], strange, config) == config


def test_strata_are_first_labels() -> None:
    task = ClassificationTask()
    made = [task.stratum(ClassificationExample(text="x", label=label)) for label in ("a", ["b", "c"], "b|c", [])]
    assert made == ["a", "b", "b", ""]
