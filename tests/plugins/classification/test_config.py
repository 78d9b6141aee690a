"""What a version learns from training data before any training."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.utils.class_weight import compute_class_weight

from trunkline import DataError, InvalidInput, TrunkInfo
from trunkline_classification.config import ClassifierConfig, learn_config, unlearnable
from trunkline_classification.example import ClassificationExample
from trunkline_classification.options import ClassificationOptions

BERT = TrunkInfo(
    id="0",
    name="t",
    family="bert",
    n_layers=1,
    width=8,
    max_length=16,
    config={"hidden_dropout_prob": 0.3},
    layer_hashes=(),
)


def learn(labels: list[Any], **options: Any) -> ClassifierConfig:
    examples = [ClassificationExample(text=f"text {i}", label=label) for i, label in enumerate(labels)]
    return learn_config(examples, ClassificationOptions(**options), BERT)


def test_labels_come_from_the_data_in_order() -> None:
    config = learn(["b", "a", "b", 3])
    assert config.labels == ("3", "a", "b")
    assert not config.multi_label
    assert config.threshold is None
    assert config.temperatures == (1.0,)


def test_configuration_survives_json() -> None:
    config = learn([["a"], ["a", "b"]], class_weights="balanced", pooling="native", threshold=0.4)
    assert ClassifierConfig.read(json.loads(json.dumps(config.write()))) == config


@pytest.mark.parametrize("labels", [[["a"], ["b", "a"]], [[], ["a"]]])
def test_lists_make_it_multi_label(labels: list[Any]) -> None:
    config = learn(labels)
    assert config.multi_label
    assert config.threshold == 0.5


def test_separated_labels_need_the_option() -> None:
    assert learn(["a|b", "b"]).labels == ("a|b", "b")
    assert learn(["a|b", "b", ""], multi_label=True).labels == ("a", "b")


def test_out_of_scope_rows_bring_no_label() -> None:
    config = learn(["a", "b", "oos"], out_of_scope_label="oos")
    assert config.labels == ("a", "b")
    assert config.threshold_rule == "fit"


def test_balanced_weights_are_scikit_learns() -> None:
    labels = ["a"] * 7 + ["b"] * 2 + ["c"]
    expected = compute_class_weight("balanced", classes=np.array(["a", "b", "c"]), y=np.array(labels))
    np.testing.assert_allclose(learn(labels, class_weights="balanced").class_weights, expected)


def test_balanced_weights_of_several_labels_are_negatives_by_positives() -> None:
    config = learn([["a"], ["a"], ["b"], []], class_weights="balanced")
    assert config.class_weights == (1.0, 3.0)


def test_dropout_is_the_familys_own_unless_said() -> None:
    assert learn(["a", "b"]).dropout == 0.1
    assert learn(["a", "b"], pooling="native").dropout == 0.3
    assert learn(["a", "b"], pooling="native", dropout=0.0).dropout == 0.0


@pytest.mark.parametrize(
    ("labels", "options"),
    [
        (["a", "a"], {}),
        (["a", "oos"], {"out_of_scope_label": "oos"}),
        ([["a"], ["a"]], {}),
        (["", ""], {"multi_label": True}),
    ],
)
def test_one_class_is_refused(labels: list[Any], options: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="nothing to tell apart"):
        learn(labels, **options)


def test_every_empty_label_is_told() -> None:
    with pytest.raises(DataError) as caught:
        learn(["a", "", "b", " "])
    assert [problem[:5] for problem in caught.value.problems] == ["row 2", "row 4"]


def test_native_pooling_of_an_unknown_family_is_refused() -> None:
    examples = [ClassificationExample(text="x", label=label) for label in "ab"]
    odd = BERT.model_copy(update={"family": "odd"})
    with pytest.raises(InvalidInput, match=r"'odd'.*use pooling mean"):
        learn_config(examples, ClassificationOptions(pooling="native"), odd)


@pytest.mark.parametrize("threshold", ["often", 1.5, -0.1])
def test_odd_thresholds_are_refused(threshold: Any) -> None:
    with pytest.raises(ValidationError, match="threshold"):
        ClassificationOptions(threshold=threshold)


def test_a_threshold_may_come_as_text() -> None:
    assert ClassificationOptions.model_validate({"threshold": "0.25"}).threshold == 0.25


def test_rows_without_a_label_cannot_be_learnt_from() -> None:
    def found(labels: list[Any], **options: Any) -> list[tuple[int, str]]:
        examples = [ClassificationExample(text="x", label=label) for label in labels]
        return unlearnable(examples, ClassificationOptions(**options))

    assert found(["a", "", "a", " "]) == [(1, "the label is empty"), (3, "the label is empty")]
    assert found([["a", " "], ["b"], []]) == [(0, "the label is empty")]
    assert found(["a", "", "b"], multi_label=True) == [], "none of the labels is an answer too"
    with pytest.raises(DataError, match="nothing to tell apart"):
        found(["a", "a"])


@pytest.mark.parametrize("family", ["marian", "t5"])
def test_a_trunk_without_a_leading_token_is_pooled_over_all(family: str) -> None:
    trunk = BERT.model_copy(update={"family": family})
    examples = [ClassificationExample(text=label, label=label) for label in "ab"]
    assert learn_config(examples, ClassificationOptions(), trunk).pooling == "mean"
    with pytest.raises(InvalidInput, match="have none; use mean"):
        learn_config(examples, ClassificationOptions(pooling="first"), trunk)
