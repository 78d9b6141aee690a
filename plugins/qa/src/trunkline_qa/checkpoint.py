"""Fine-tuned `...ForQuestionAnswering` checkpoints of transformers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trunkline import InvalidInput

FAMILIES = ("bert", "roberta", "xlm-roberta", "camembert", "distilbert", "deberta", "deberta-v2")
THEIRS, OURS = "qa_outputs.", "outputs."
MOST_WORDS = 30  # as the official scripts limit answers


def head_config(hf_config: Mapping[str, Any]) -> dict[str, Any]:
    """Give the head's configuration from a checkpoint's config.json. Raises `InvalidInput` for another family's head.

    Its threshold is not known: every question gets an answer until the version is tuned or a request says more.
    """
    family = hf_config.get("model_type")
    if family not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise InvalidInput(f"question-answering checkpoints of family {family!r} cannot be imported; known: {known}")
    return {"whole_words": True, "max_words": MOST_WORDS, "threshold": None, "dropout": 0.1}


def tensor_names(names: Sequence[str]) -> dict[str, str]:
    """Map the checkpoint's tensors to the head's; what is not the head's is left out."""
    return {name: OURS + name.removeprefix(THEIRS) for name in names if name.startswith(THEIRS)}
