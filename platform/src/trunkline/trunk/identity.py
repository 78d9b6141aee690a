"""A trunk's name: a hash over what it computes, not over how its files happen to be written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

EMBEDDINGS = "embeddings."


def layer_hashes(
    weights: Mapping[str, Tensor], layer_names: str, n_layers: int, embeddings: tuple[str, ...] = (EMBEDDINGS,)
) -> tuple[str, ...]:
    """Give the SHA-256 of the embeddings, whose names begin with one of `embeddings`, of each layer, then of the rest.

    Names inside a layer are taken without its number, so that equal layers of two trunks have one hash.
    """
    parts: list[dict[str, Tensor]] = [{} for _ in range(n_layers + 2)]
    for name, tensor in weights.items():
        index, short = _place(name, layer_names, n_layers, embeddings)
        parts[index][short] = tensor
    return tuple(_tensors_hash(part) for part in parts)


def trunk_id(hashes: tuple[str, ...], config: Mapping[str, Any], tokenizer: bytes, max_length: int) -> str:
    """Give the trunk's id: SHA-256 over layer hashes, canonical configuration, tokenizer and window length."""
    identity = {
        "layers": list(hashes),
        "config": config,
        "tokenizer": hashlib.sha256(tokenizer).hexdigest(),
        "max_length": max_length,
    }
    return hashlib.sha256(canonical_json(identity)).hexdigest()


def canonical_json(value: Any) -> bytes:
    """Write JSON in the one form that is hashed: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()


def _place(name: str, layer_names: str, n_layers: int, embeddings: tuple[str, ...]) -> tuple[int, str]:
    """Give the part that a tensor belongs to (0: embeddings, 1 to n: layers, then the rest) and its name in it."""
    if name.startswith(embeddings):
        return 0, name.removeprefix(EMBEDDINGS)
    if name.startswith(f"{layer_names}."):
        number, _, short = name.removeprefix(f"{layer_names}.").partition(".")
        return int(number) + 1, short
    return n_layers + 1, name


def _tensors_hash(tensors: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        array = tensors[name].detach().cpu().contiguous().numpy()
        digest.update(canonical_json([name, str(array.dtype), list(array.shape)]))
        digest.update(array.tobytes())
    return digest.hexdigest()
