"""How many tokens a trunk reads at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SANE = 1_000_000  # tokenizers without a limit of their own say 10**30

_PADDED_POSITIONS = ("roberta", "xlm-roberta")  # count positions from pad_token_id + 1


def max_length(
    config: Mapping[str, Any], tokenizer_config: Mapping[str, Any], sentence_config: Mapping[str, Any] | None = None
) -> int:
    """Give the longest window, special tokens included: the least of what the trunk's files allow.

    `sentence_config` is sentence-transformers' own file: the length that the trunk was trained to be used with.
    """
    asked = [tokenizer_config.get("model_max_length"), (sentence_config or {}).get("max_seq_length")]
    limits = [int(value) for value in asked if isinstance(value, int | float) and 0 < value < SANE]
    return min([position_limit(config), *limits])


def position_limit(config: Mapping[str, Any]) -> int:
    """Give the number of positions that a trunk can tell apart."""
    positions = int(config.get("max_position_embeddings") or 512)
    if config.get("model_type") in _PADDED_POSITIONS:
        padding = config.get("pad_token_id")
        positions -= (1 if padding is None else int(padding)) + 1
    return positions
