"""Encoders of models that translate: Marian, M2M100 with NLLB, mBART, BART. Their decoders are heads, not here."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn

from trunkline.trunk.dropout import with_cheap_dropout
from trunkline.trunk.families.family import Family
from trunkline.trunk.families.sinusoids import Sinusoids, m2m100_table, marian_table


class Seq2Seq(Family):
    """An encoder cut out of a model of encoder and decoder: the whole is never made.

    Its embeddings may be the decoder's too. A layer that transformers would leave out at random while it trains
    (LayerDrop) is always run here.
    """

    prefixes = ("model.encoder", "encoder")
    layer_names = "layers"
    embedding_names: ClassVar[tuple[str, ...]] = ("embed_tokens.", "embed_positions.", "layernorm_embedding.")
    shared_names: ClassVar[Mapping[str, str]] = {
        "model.shared.weight": "embed_tokens.weight",
        "shared.weight": "embed_tokens.weight",
    }
    encoder_class: ClassVar[tuple[str, str]]  # its module in transformers.models, and its name
    config_keys = (
        "vocab_size",
        "d_model",
        "encoder_layers",
        "encoder_attention_heads",
        "encoder_ffn_dim",
        "activation_function",
        "dropout",
        "attention_dropout",
        "activation_dropout",
        "max_position_embeddings",
        "scale_embedding",
        "pad_token_id",
    )
    fixed: ClassVar[Mapping[str, Any]] = {"is_decoder": False}
    assumed: ClassVar[Mapping[str, Any]] = {"decoder_start_token_id": 0}  # Marian's own is beyond most vocabularies

    @classmethod
    def classes(cls, model_type: str) -> tuple[Any, Any]:
        module, name = cls.encoder_class
        return super().classes(model_type)[0], getattr(import_module(f"transformers.models.{module}"), name)

    @classmethod
    def blank(cls, config: Any) -> Any:
        from transformers.initialization import no_init_weights

        with no_init_weights():
            return cls.classes(config.model_type)[1](config)

    @classmethod
    def build(cls, config: Any, weights: dict[str, Tensor]) -> Family:
        with torch.device("meta"):
            model = cls.blank(config)
        model.load_state_dict(weights, assign=True)
        return cls(with_cheap_dropout(model))

    def dropped(self, hidden: Tensor) -> Tensor:
        """Apply the dropout that stands behind the embeddings."""
        return nn.functional.dropout(hidden, self.model.dropout, self.model.training)


class Sinusoidal(Seq2Seq):
    """Positions by formula: made with the encoder, since checkpoints have them not, or not always."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        table = self.table(model.config)
        weight = model.embed_tokens.weight
        model.embed_positions = Sinusoids(table.to(weight.dtype).to(weight.device))

    @classmethod
    def blank(cls, config: Any) -> Any:
        model = super().blank(config)
        model.embed_positions = nn.Identity()
        return model

    @classmethod
    @abstractmethod
    def table(cls, config: Any) -> Tensor:
        """Make the states of the positions, (positions, width)."""


class Marian(Sinusoidal):
    """Sinusoidal positions, normalisation after each block, no final norm."""

    encoder_class = ("marian.modeling_marian", "MarianEncoder")

    @classmethod
    def table(cls, config: Any) -> Tensor:
        return marian_table(config.max_position_embeddings, config.d_model)

    def embed(self, ids: Tensor, type_ids: Tensor, mask: Tensor) -> Tensor:
        tokens = self.model.embed_tokens(ids) * self.model.embed_scale
        return self.dropped(tokens + self.model.embed_positions(torch.arange(ids.shape[1], device=ids.device)))


class M2M100(Sinusoidal):
    """M2M100 and NLLB-200: sinusoidal positions that count from `pad_token_id + 1`, normalisation before each block."""

    encoder_class = ("m2m_100.modeling_m2m_100", "M2M100Encoder")

    @classmethod
    def table(cls, config: Any) -> Tensor:
        return m2m100_table(config.max_position_embeddings, config.d_model, config.pad_token_id)

    @property
    def final_norm(self) -> nn.Module:
        return cast(nn.Module, self.model.layer_norm)

    def embed(self, ids: Tensor, type_ids: Tensor, mask: Tensor) -> Tensor:
        real = mask.long()
        positions = torch.cumsum(real, dim=1) * real + self.model.padding_idx  # from the mask, as RoBERTa's here
        return self.dropped(self.model.embed_tokens(ids) + self.model.embed_positions(positions))


class Bart(Seq2Seq):
    """Learnt positions, a norm behind the embeddings and behind each block, no final norm."""

    encoder_class = ("bart.modeling_bart", "BartEncoder")

    def embed(self, ids: Tensor, type_ids: Tensor, mask: Tensor) -> Tensor:
        hidden = self.model.embed_tokens(ids) + self.model.embed_positions(ids)
        return self.dropped(self.model.layernorm_embedding(hidden))


class MBart(Bart):
    """mBART: a norm behind the embeddings, before each block and at the end."""

    encoder_class = ("mbart.modeling_mbart", "MBartEncoder")

    @property
    def final_norm(self) -> nn.Module:
        return cast(nn.Module, self.model.layer_norm)
