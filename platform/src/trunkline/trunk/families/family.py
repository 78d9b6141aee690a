"""What every family of encoders gives: the same few pieces, cut from transformers' own modules."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn

from trunkline.errors import TrunkError
from trunkline.trunk import attention
from trunkline.trunk.dropout import with_cheap_dropout

MOST_LAYERS = 256  # more would be a mistake, or meant to fill the memory


class Family(ABC):
    """One loaded encoder of a family, as pieces that can be run one by one.

    A piece runs as `apply(layer, hidden, context)`, where the context (masks, rotary angles, relative positions)
    depends on the pass alone and is made once for it. Layers may be the encoder's or a branch's copies; what the
    layers share (tables of relative embeddings) always comes from the encoder.
    """

    prefixes: ClassVar[tuple[str, ...]]  # names of the encoder inside fine-tuned checkpoints
    layer_names: ClassVar[str] = "encoder.layer"  # where the layers stand in the encoder's own names
    embedding_names: ClassVar[tuple[str, ...]] = ("embeddings.",)  # how names of what makes the states at layer 0 begin
    shared_names: ClassVar[Mapping[str, str]] = {}  # a checkpoint's tensors that encoder and head share: to our name
    config_keys: ClassVar[tuple[str, ...]]  # of config.json that shape the encoder; all others are dropped
    read_keys: ClassVar[tuple[str, ...]] = ()  # older spellings, which transformers turns into `config_keys`
    fixed: ClassVar[Mapping[str, Any]] = {"is_decoder": False, "add_cross_attention": False}  # what we cannot run
    assumed: ClassVar[Mapping[str, Any]] = {}  # what transformers checks and an encoder does not have
    attends: ClassVar[bool] = True  # by a function that transformers lets one choose; else by its own way alone
    has_pooler: ClassVar[bool] = True  # which its base model would make beside the encoder

    def __init__(self, model: Any) -> None:
        self.model = model  # transformers' base model, without pooler

    @classmethod
    def classes(cls, model_type: str) -> tuple[Any, Any]:
        """Give transformers' configuration and base model classes for `model_type`."""
        from transformers import CONFIG_MAPPING, MODEL_MAPPING

        config = CONFIG_MAPPING[model_type]
        return config, MODEL_MAPPING[config]

    @classmethod
    def config(cls, values: Mapping[str, Any]) -> Any:
        """Make transformers' configuration of the allowed keys alone.

        Raises `TrunkError` for values that it does not accept, or that ask for what the family here does not do.
        """
        for key, expected in cls.fixed.items():
            if values.get(key, expected) != expected:
                raise TrunkError(f"config.json says {key}={values[key]!r}: only {expected!r} can be a trunk")
        allowed = {key: values[key] for key in (*cls.config_keys, *cls.read_keys) if key in values}
        try:
            config = cls.classes(values["model_type"])[0](**cls.assumed, **allowed)
        except ImportError:  # ours to mend, not the folder's
            raise
        except Exception as error:  # transformers raises whatever its validators raise
            raise TrunkError(f"config.json is not accepted by transformers: {' '.join(str(error).split())}") from error
        if not 1 <= config.num_hidden_layers <= MOST_LAYERS:
            raise TrunkError(f"config.json asks for {config.num_hidden_layers} layers; a trunk has 1 to {MOST_LAYERS}")
        attention.register()
        config._attn_implementation = attention.NAME if cls.attends else "eager"
        return config

    @classmethod
    def canonical(cls, config: Any) -> dict[str, Any]:
        """Give the configuration as it is written: the allowed keys with their values, nothing else."""
        values = {key: getattr(config, key) for key in cls.config_keys if hasattr(config, key)}
        return {"model_type": config.model_type, **values}

    @classmethod
    def blank(cls, config: Any) -> Any:
        """Make the base model with weights yet to come, on the current default device."""
        return cls.classes(config.model_type)[1](config, **cls._options())

    @classmethod
    def build(cls, config: Any, weights: dict[str, Tensor]) -> Family:
        """Make the encoder with these weights, named as transformers' base model names them."""
        load = cls.classes(config.model_type)[1].from_pretrained
        with _quiet():
            model = load(None, config=config, state_dict=weights, dtype=torch.float32, **cls._options())
        return cls(with_cheap_dropout(model))

    @classmethod
    def _options(cls) -> dict[str, Any]:
        return {"add_pooling_layer": False} if cls.has_pooler else {}

    @property
    def layers(self) -> nn.ModuleList:
        """The layers, each to be run by `apply`."""
        return cast(nn.ModuleList, self.model.get_submodule(self.layer_names))

    def copied(self, layer: nn.Module) -> nn.Module:
        """Copy a layer for a branch, without what stays the encoder's."""
        return deepcopy(layer)

    @property
    def final_norm(self) -> nn.Module | None:
        """What stands between the last layer and whoever reads it; None in most families."""
        return None

    @abstractmethod
    def embed(self, ids: Tensor, type_ids: Tensor, mask: Tensor) -> Tensor:
        """Run the embeddings: (B, T), (B, T), (B, T) bool -> (B, T, width)."""

    def context(self, hidden: Tensor, mask: Tensor) -> Any:
        """Make what all layers need in one pass, from any state (B, T, width) of it and its mask (B, T) bool.

        By default the keys that each query may see, (B, 1, 1, T) bool. No query sees nothing: rows of minus
        infinity would give NaN.
        """
        return mask[:, None, None, :]

    def apply(self, layer: nn.Module, hidden: Tensor, context: Any) -> Tensor:
        """Run one layer: (B, T, width) -> (B, T, width)."""
        return cast(Tensor, layer(hidden, context))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers' progress bars off the terminal: loading takes a moment, and has its place in our own."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
