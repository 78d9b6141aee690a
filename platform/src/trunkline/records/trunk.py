"""What is known of a trunk without its weights."""

from __future__ import annotations

from typing import Any

from trunkline.records.record import Record


class TrunkInfo(Record):
    """A pretrained encoder with its tokenizer, named by the hash of its files."""

    id: str  # SHA-256 over the layer hashes, the canonical configuration and the tokenizer
    name: str  # what the user called it: "minilm", a folder's name, a hub id
    family: str  # transformers' model_type: "bert", "roberta", ...
    n_layers: int
    width: int  # of a hidden state
    max_length: int  # tokens in one window, special tokens included
    config: dict[str, Any]  # the encoder's own config.json
    layer_hashes: tuple[str, ...]  # SHA-256 of embeddings, then of each layer, then of what is left
    parent_id: str | None = None  # the trunk that this one was tuned from in full
