"""How long a window may be, from files as they are found on the hub."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from encoders import reference
from trunkline.trunk.limits import max_length, position_limit


@pytest.mark.parametrize(
    ("config", "asked", "expected"),
    [
        ({"model_type": "bert", "max_position_embeddings": 512}, 512, 512),
        ({"model_type": "bert", "max_position_embeddings": 512}, 10**30, 512),
        ({"model_type": "bert", "max_position_embeddings": 512}, 1e30, 512),
        ({"model_type": "bert", "max_position_embeddings": 512}, None, 512),
        ({"model_type": "bert", "max_position_embeddings": 512}, 128, 128),
        ({"model_type": "roberta", "max_position_embeddings": 514, "pad_token_id": 1}, 512, 512),
        ({"model_type": "xlm-roberta", "max_position_embeddings": 514}, None, 512),
        ({"model_type": "modernbert", "max_position_embeddings": 8192}, 8192, 8192),
    ],
)
def test_the_least_counts(config: dict[str, Any], asked: float | None, expected: int) -> None:
    assert max_length(config, {"model_max_length": asked}) == expected


@pytest.mark.parametrize("case", ["bert", "roberta", "distilbert"])
def test_the_limit_is_where_transformers_fails(case: str) -> None:
    model = reference(case)
    limit = position_limit(model.config.to_dict())
    model(input_ids=torch.full((1, limit), 5))
    with pytest.raises((IndexError, RuntimeError)):
        model(input_ids=torch.full((1, limit + 1), 5))
