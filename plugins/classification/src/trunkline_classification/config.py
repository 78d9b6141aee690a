"""The head configuration: what a version keeps beside its weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from trunkline import DataError, TrunkInfo
from trunkline_classification.example import SEPARATOR, ClassificationExample, labels_of
from trunkline_classification.family import NativeHead, check_pooling, native_head
from trunkline_classification.options import ClassificationOptions, Pooling, ThresholdRule

DROPOUT = 0.1
MULTI_LABEL_THRESHOLD = 0.5


class ClassifierConfig(BaseModel):
    """What decoding, calibration and the head need; stored as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: tuple[str, ...]  # in the order of the logits
    multi_label: bool = False
    pooling: Pooling = "mean"
    dropout: float = DROPOUT
    label_smoothing: float = 0.0
    class_weights: tuple[float, ...] | None = None  # one for each label; of its positives where multi-label
    out_of_scope_label: str | None = None
    threshold_rule: ThresholdRule = "none"
    threshold: float | None = None  # probability; None: the likeliest label is always the answer
    temperatures: tuple[float, ...] = (1.0,)  # one for all, or one for each label where multi-label
    native: NativeHead | None = None

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> ClassifierConfig:
        return cls.model_validate(dict(config))

    def write(self) -> dict[str, Any]:
        return self.model_dump(mode="json")

    def known(self, example: ClassificationExample) -> tuple[str, ...]:
        """Give the labels of a row without the out-of-scope one."""
        return tuple(label for label in labels_of(example, self.multi_label) if label != self.out_of_scope_label)


def is_multi_label(examples: Sequence[ClassificationExample], options: ClassificationOptions) -> bool:
    """Tell whether rows may have several labels: the user says so, or a row has a list."""
    return options.multi_label or any(isinstance(example.label, tuple) for example in examples)


def learn_config(
    examples: Sequence[ClassificationExample], options: ClassificationOptions, trunk: TrunkInfo
) -> ClassifierConfig:
    """Read the labels and everything else that training data tells.

    Raises `DataError` for empty labels, and where there are not two things to tell apart, and `InvalidInput` for a
    pooling that the trunk has not.
    """
    multi_label = is_multi_label(examples, options)
    if empty := empty_labels(examples, multi_label):
        problems = [f"row {index + 1} ({examples[index].text[:40]!r}): {problem}" for index, problem in empty]
        raise DataError(problems, "give these rows a label or take them out")
    kept, labels = _told_apart(examples, options, multi_label)
    check_pooling(options.pooling, trunk.family)
    native = native_head(trunk.family, trunk.config) if options.pooling == "native" else None
    return ClassifierConfig(
        labels=labels,
        multi_label=multi_label,
        pooling=options.pooling,
        dropout=_dropout(options, native),
        label_smoothing=options.label_smoothing,
        class_weights=_balanced(kept, labels, multi_label) if options.class_weights == "balanced" else None,
        out_of_scope_label=options.out_of_scope_label,
        threshold_rule=_rule(options),
        threshold=_first_threshold(options, multi_label),
        native=native,
    )


def unlearnable(examples: Sequence[ClassificationExample], options: ClassificationOptions) -> list[tuple[int, str]]:
    """Give (index, problem) for rows without a label. Raises `DataError` where there are not two to tell apart."""
    multi_label = is_multi_label(examples, options)
    problems = empty_labels(examples, multi_label)
    if not problems:
        _told_apart(examples, options, multi_label)
    return problems


def empty_labels(examples: Sequence[ClassificationExample], multi_label: bool) -> list[tuple[int, str]]:
    """Give (index, problem) for rows with a label that is blank; a multi-label row may have none at all."""
    return [
        (index, "the label is empty")
        for index, example in enumerate(examples)
        if any(not label.strip() for label in labels_of(example, multi_label))
    ]


def _told_apart(
    examples: Sequence[ClassificationExample], options: ClassificationOptions, multi_label: bool
) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    """Give the labels of each row that is in scope, and all of them, sorted; raises `DataError` for one class."""
    rows = [labels_of(example, multi_label) for example in examples]
    kept = [row for row in rows if options.out_of_scope_label not in row]
    labels = tuple(sorted({label for row in kept for label in row}))
    _refuse_one_class(labels, {frozenset(row) for row in kept}, multi_label)
    return kept, labels


def _refuse_one_class(labels: tuple[str, ...], answers: set[frozenset[str]], multi_label: bool) -> None:
    if len(answers) >= 2:
        return
    found = f"only the label {labels[0]!r}" if labels and not multi_label else "no two rows with different labels"
    remedy = (
        f"join several labels of one row by {SEPARATOR!r} or as a list" if multi_label else "is `label` the column?"
    )
    raise DataError([f"the training data has {found}, so there is nothing to tell apart"], remedy)


def _dropout(options: ClassificationOptions, native: NativeHead | None) -> float:
    if options.dropout is not None:
        return options.dropout
    return native.dropout if native else DROPOUT


def _balanced(rows: Sequence[tuple[str, ...]], labels: tuple[str, ...], multi_label: bool) -> tuple[float, ...]:
    """Weigh labels as scikit-learn's "balanced" does, n / (classes x count); negatives / positives if multi-label."""
    counts = Counter(label for row in rows for label in row)
    if multi_label:
        return tuple(max(len(rows) - counts[label], 1) / counts[label] for label in labels)
    return tuple(len(rows) / (len(labels) * counts[label]) for label in labels)


def _rule(options: ClassificationOptions) -> ThresholdRule:
    if options.threshold == "auto":
        return "fit" if options.out_of_scope_label is not None else "none"
    return options.threshold


def _first_threshold(options: ClassificationOptions, multi_label: bool) -> float | None:
    if isinstance(options.threshold, float):
        return options.threshold
    return MULTI_LABEL_THRESHOLD if multi_label else None
