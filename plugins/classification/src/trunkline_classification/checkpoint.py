"""Between our native heads and transformers' checkpoints: configurations and tensor names. No torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from trunkline import InvalidInput, TrunkInfo
from trunkline_classification.config import MULTI_LABEL_THRESHOLD, ClassifierConfig
from trunkline_classification.family import NativeHead, checkpoint_names, native_head

Tensor = TypeVar("Tensor")


def imported_config(hf_config: Mapping[str, Any], trunk: TrunkInfo) -> ClassifierConfig:
    """Read a `...ForSequenceClassification` checkpoint's config.json. Raises `InvalidInput` for a regression."""
    labels = _labels(hf_config)
    if hf_config.get("problem_type") == "regression" or len(labels) < 2:
        raise InvalidInput(
            f"this checkpoint has {len(labels)} output(s) and the problem type {hf_config.get('problem_type')!r}: "
            "it gives a number, not a label; classification needs two labels or more"
        )
    twice = [label for label, count in Counter(labels).items() if count > 1]
    if twice:
        raise InvalidInput(f"id2label in config.json has {twice[0]!r} more than once; give each label its own name")
    native = native_head(trunk.family, hf_config)
    multi_label = hf_config.get("problem_type") == "multi_label_classification"
    return ClassifierConfig(
        labels=labels,
        multi_label=multi_label,
        pooling="native",
        dropout=native.dropout,
        threshold=MULTI_LABEL_THRESHOLD if multi_label else None,
        native=native,
    )


def _labels(hf_config: Mapping[str, Any]) -> tuple[str, ...]:
    """Read id2label; transformers leaves it out where it is LABEL_0 and LABEL_1."""
    count = hf_config.get("num_labels", 2)
    names = hf_config.get("id2label") or {index: f"LABEL_{index}" for index in range(count)}
    by_index = {int(index): str(name) for index, name in names.items()}
    if sorted(by_index) != list(range(len(by_index))):
        raise InvalidInput(
            f"id2label in config.json has the numbers {sorted(by_index)[:10]}: they must be 0, 1, 2, ..."
        )
    return tuple(by_index[index] for index in range(len(by_index)))


def imported_names(names: Sequence[str], config: ClassifierConfig) -> dict[str, str]:
    """Map a checkpoint's tensors to our head's; those that no classifier reads (an unused pooler) are left out.

    Raises `InvalidInput` where one is missing.
    """
    assert config.native is not None
    wanted = checkpoint_names(config.native)
    found = {theirs if theirs in names else ours: ours for ours, theirs in wanted.items()}
    missing = sorted(set(found) - set(names))
    if missing:
        raise InvalidInput(
            f"the checkpoint lacks {', '.join(missing)}: its classification head was never trained or saved"
        )
    return found


def export_head(tensors: Mapping[str, Tensor], config: ClassifierConfig) -> dict[str, Tensor]:
    """Rename a native head's tensors for a transformers checkpoint. Raises `InvalidInput` for another pooling."""
    return {theirs: tensors[ours] for ours, theirs in checkpoint_names(_native(config)).items()}


def export_config(config: ClassifierConfig) -> dict[str, Any]:
    """Give what such a checkpoint's config.json must say of the labels; the temperature has no place there."""
    _native(config)
    kind = "multi_label_classification" if config.multi_label else "single_label_classification"
    return {
        "id2label": {str(index): label for index, label in enumerate(config.labels)},
        "label2id": {label: index for index, label in enumerate(config.labels)},
        "problem_type": kind,
    }


def _native(config: ClassifierConfig) -> NativeHead:
    if config.native is None:
        raise InvalidInput(
            f"transformers has no head with pooling {config.pooling!r}; tune with pooling native to export one"
        )
    return config.native
