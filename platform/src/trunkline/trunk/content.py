"""Everything that a trunk is, in memory, in the one form that is hashed and written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trunkline.errors import EnvironmentFault, TrunkError
from trunkline.records.trunk import TrunkInfo
from trunkline.trunk.checkpoint import WEIGHTS, check_finite, read_weights
from trunkline.trunk.conversion import canonical_tokenizer_json
from trunkline.trunk.families import family_of
from trunkline.trunk.files import read_object
from trunkline.trunk.identity import canonical_json, layer_hashes, trunk_id
from trunkline.trunk.limits import max_length
from trunkline.trunk.tokenizer import Tokenizer

if TYPE_CHECKING:
    from torch import Tensor

    from trunkline.trunk.encoder import Encoder
    from trunkline.trunk.families.family import Family


@dataclass(frozen=True)
class TrunkContent:
    """A trunk, checked and canonical, not yet written or named."""

    family: type[Family]
    config: dict[str, Any]  # the keys that shape the encoder, nothing else
    tokenizer: bytes  # tokenizer.json without truncation or padding of its own
    max_length: int
    weights: Mapping[str, Tensor]  # float32, named as transformers' base model names them

    @classmethod
    def read(cls, source: Path) -> TrunkContent:
        """Read any Hugging Face folder of a supported family. Raises `TrunkError`."""
        family, config = _described(source)
        canonical = _plain(family.canonical(config))
        tokenizer, length = _tokenizer(source, canonical)
        weights = read_weights(source, family, config)
        check_finite(source, weights)
        return cls(family, canonical, tokenizer, length, weights)

    @classmethod
    def of(cls, encoder: Encoder, folder: Path) -> TrunkContent:
        """Take the encoder's weights as they are now, and the tokenizer of the folder that it was loaded from."""
        model = encoder.family.model
        config = _plain(encoder.family.canonical(model.config))
        tokenizer, length = _tokenizer(folder, config)
        weights = {name: tensor.detach().cpu().float().contiguous() for name, tensor in model.state_dict().items()}
        return cls(type(encoder.family), config, tokenizer, length, weights)

    def info(self, name: str, parent_id: str | None = None) -> TrunkInfo:
        """Name the trunk by its hash."""
        described = self.family.config(self.config)  # families name depth and width each in their own way
        n_layers = int(described.num_hidden_layers)
        hashes = layer_hashes(self.weights, self.family.layer_names, n_layers, self.family.embedding_names)
        return TrunkInfo(
            id=trunk_id(hashes, self.config, self.tokenizer, self.max_length),
            name=name,
            family=self.config["model_type"],
            n_layers=n_layers,
            width=int(described.hidden_size),
            max_length=self.max_length,
            config=self.config,
            layer_hashes=hashes,
            parent_id=parent_id,
        )

    def write(self, destination: Path) -> None:
        """Write the trunk's four files. Raises `EnvironmentFault` where the disk does not take them."""
        from safetensors import SafetensorError
        from safetensors.torch import save_file

        try:
            destination.mkdir(parents=True, exist_ok=True)
            (destination / "config.json").write_bytes(canonical_json(self.config))
            (destination / "tokenizer.json").write_bytes(self.tokenizer)
            (destination / "tokenizer_config.json").write_bytes(canonical_json({"model_max_length": self.max_length}))
            save_file(dict(self.weights), destination / WEIGHTS)
        except (OSError, SafetensorError) as error:
            raise EnvironmentFault(f"the trunk cannot be written to {destination}: {error}") from error


def count_layers(source: Path) -> int:
    """Give the number of layers of a Hugging Face folder, from its config.json alone. Raises `TrunkError`."""
    return int(_described(source)[1].num_hidden_layers)


def _described(source: Path) -> tuple[type[Family], Any]:
    """Give the family and transformers' configuration that config.json asks for."""
    if not (source / "config.json").is_file():
        raise TrunkError(f"{source} has no config.json: a trunk is a folder saved by transformers' save_pretrained")
    values = read_object(source / "config.json")
    family = family_of(values.get("model_type"))
    return family, family.config(values)


def _plain(config: dict[str, Any]) -> dict[str, Any]:
    """Give the configuration as JSON would bring it back."""
    plain: dict[str, Any] = json.loads(canonical_json(config))
    return plain


def _tokenizer(source: Path, config: Mapping[str, Any]) -> tuple[bytes, int]:
    """Give the canonical tokenizer.json and the window's length, checked against each other and the embeddings."""
    text = canonical_tokenizer_json(source, config)
    limits = [read_object(source / file) for file in ("tokenizer_config.json", "sentence_bert_config.json")]
    length = max_length(config, *limits)
    _check(Tokenizer.from_json(text, 0, length), config)
    return text.encode(), length


def _check(tokenizer: Tokenizer, config: Mapping[str, Any]) -> None:
    """Raise `TrunkError` where the tokenizer gives ids that the embeddings do not have, or windows hold no text."""
    highest = max(tokenizer.ids(), default=0)
    if highest >= config["vocab_size"]:
        raise TrunkError(
            f"tokenizer.json has token ids up to {highest}, config.json's vocab_size is {config['vocab_size']}: "
            "they belong to different models"
        )
    special = tokenizer.template.pair.size
    if tokenizer.max_length < special + 2:
        raise TrunkError(
            f"windows of {tokenizer.max_length} tokens hold no pair of texts: {special} special tokens stand in each"
        )
