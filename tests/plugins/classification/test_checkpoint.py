"""Reading the configuration of existing checkpoints."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline import InvalidInput, TrunkInfo
from trunkline_classification.checkpoint import imported_config, imported_names
from trunkline_classification.family import native_head

ROBERTA = TrunkInfo(id="0", name="t", family="roberta", n_layers=1, width=8, max_length=16, config={}, layer_hashes=())
HEAD = ["classifier.dense.weight", "classifier.dense.bias", "classifier.out_proj.weight", "classifier.out_proj.bias"]


def test_labels_in_the_order_of_their_numbers() -> None:
    names = {str(index): f"l{index}" for index in reversed(range(12))}
    assert imported_config({"id2label": names}, ROBERTA).labels == tuple(f"l{index}" for index in range(12))


def test_labels_that_transformers_left_out() -> None:
    assert imported_config({}, ROBERTA).labels == ("LABEL_0", "LABEL_1")
    assert len(imported_config({"num_labels": 3}, ROBERTA).labels) == 3


def test_several_labels() -> None:
    config = imported_config({"problem_type": "multi_label_classification"}, ROBERTA)
    assert config.multi_label
    assert config.threshold == 0.5
    assert config.temperatures == (1.0,)


@pytest.mark.parametrize(
    ("hf_config", "message"),
    [
        ({"id2label": {"0": "LABEL_0"}}, "gives a number, not a label"),
        ({"num_labels": 1}, "gives a number, not a label"),
        ({"problem_type": "regression"}, "gives a number, not a label"),
        ({"id2label": {"0": "a", "1": "a"}}, "'a' more than once"),
        ({"id2label": {"0": "a", "2": "b"}}, "0, 1, 2"),
    ],
)
def test_what_is_no_classifier_is_refused(hf_config: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        imported_config(hf_config, ROBERTA)


def test_unused_tensors_are_left_out() -> None:
    config = imported_config({}, ROBERTA)
    names = imported_names([*HEAD, "roberta.pooler.dense.weight", "lm_head.bias"], config)
    assert names == {name: name for name in HEAD}


def test_bert_keeps_its_pooler_inside_or_not() -> None:
    bert = ROBERTA.model_copy(update={"family": "bert"})
    config = imported_config({}, bert)
    rest = ["pooler.dense.bias", "classifier.weight", "classifier.bias"]
    assert imported_names(["bert.pooler.dense.weight", *rest], config)["bert.pooler.dense.weight"] == (
        "pooler.dense.weight"
    )
    assert "pooler.dense.weight" in imported_names(["pooler.dense.weight", *rest], config)


def test_a_missing_tensor_is_told() -> None:
    with pytest.raises(InvalidInput, match=r"lacks classifier\.out_proj\.bias"):
        imported_names(HEAD[:3], imported_config({}, ROBERTA))


def test_defaults_are_transformers_own() -> None:
    """A config.json may leave out what is the default."""
    import transformers as hf

    for kind in ("Bert", "Roberta", "XLMRoberta", "DistilBert", "ModernBert", "Deberta", "DebertaV2"):
        made = getattr(hf, f"{kind}Config")()
        assert native_head(made.model_type, {}) == native_head(made.model_type, made.to_dict())
