"""A version's encoder and decoder, as transformers' model, made one of CTranslate2's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from ctranslate2.converters.transformers import BartLoader, M2M100Loader, T5Loader

from trunkline.contract.decoder_task import DecoderTask
from trunkline.errors import InvalidInput
from trunkline.records import Version
from trunkline.trunk.branch import load_head
from trunkline.trunk.whole_encoder import whole_encoder

LOADERS: dict[str, Any] = {
    "marian": BartLoader,
    "m2m_100": M2M100Loader,
    "mbart": BartLoader,
    "bart": BartLoader,
    "t5": T5Loader,
}
"""Of transformers' model types: what reads such a model's modules.

Marian's own loader takes padding out of the vocabulary, and begins with zeros in its place: right for a checkpoint
whose padding was never trained. BART's begins with what padding's embedding is.
"""
LAYOUTS: dict[str, dict[str, bool]] = {
    "marian": {"normalize_before": False, "normalize_embedding": False},
    "mbart": {"normalize_before": True, "normalize_embedding": True},
    "bart": {"normalize_before": False, "normalize_embedding": True},
}
"""What its loader asks a configuration for, and transformers 5 no longer says."""


def convert(
    version: Version, weights: Path, task: DecoderTask[Any, Any, Any], folder: Path, place: Path, stored: str | None
) -> None:
    """Write a version's model into the folder `place`; `stored` is the type of its weights, None: float32.

    `folder` is its trunk's. Raises `InvalidInput` for a family or a decoder that CTranslate2 cannot run.
    """
    encoder = whole_encoder(version, weights, folder)
    head = task.build_head(version.head_config, encoder.width)
    load_head(head, weights)
    try:
        write(task.hub_model(encoder.family.model, head.eval(), version.head_config), place, stored)
    except InvalidInput as error:
        raise InvalidInput(
            f"CTranslate2 cannot run {version.reference}: {error}. It runs decoders that transformers has of "
            f"{', '.join(LOADERS)}: take torch or openvino for this one"
        ) from error


def write(model: Any, place: Path, stored: str | None) -> None:
    """Write transformers' `model` into the folder `place`; its tokens are named by their ids.

    Raises `InvalidInput` for a family that CTranslate2 does not run.
    """
    config = model.config
    if config.model_type not in LOADERS:
        raise InvalidInput(f"its trunk is of family {config.model_type}")
    for name, value in LAYOUTS.get(config.model_type, {}).items():
        setattr(config, name, value)
    if config.model_type == "t5":  # what the loader takes for it; transformers 5 ties in any case
        config.tie_word_embeddings = config.scale_decoder_outputs
    with torch.no_grad():
        spec = LOADERS[config.model_type]().get_model_spec(model)
    if (heads := getattr(config, "decoder_attention_heads", None)) is not None:  # else the encoder's are taken for them
        spec.decoder.num_heads = np.dtype("int16").type(heads)
    for register, embeddings in (
        (spec.register_source_vocabulary, spec.encoder.embeddings[0]),
        (spec.register_target_vocabulary, spec.decoder.embeddings),
    ):
        register([str(token) for token in range(embeddings.weight.shape[0])])
    spec.config.decoder_start_token = str(config.decoder_start_token_id)
    spec.config.bos_token = spec.config.eos_token = spec.config.unk_token = str(config.eos_token_id)
    spec.validate()
    spec.optimize(quantization=stored)
    spec.save(str(place))
