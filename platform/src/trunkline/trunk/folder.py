"""A trunk as a folder: made once of any Hugging Face folder, then always the same four files.

config.json             the keys that shape the encoder, nothing else
tokenizer.json          the fast tokenizer, without truncation or padding of its own
tokenizer_config.json   model_max_length: tokens in one window
model.safetensors       the encoder in float32, without pooler or head
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trunkline.records.trunk import TrunkInfo
from trunkline.trunk.checkpoint import WEIGHTS, encoder_names, read_tensors, tensor_names
from trunkline.trunk.content import TrunkContent
from trunkline.trunk.families import family_of
from trunkline.trunk.files import read_object

if TYPE_CHECKING:
    from torch import Tensor

    from trunkline.trunk.encoder import Encoder

FILES = ("config.json", "tokenizer.json", "tokenizer_config.json", WEIGHTS)
_BUFFERS = (".position_ids", ".token_type_ids")  # that transformers used to save with the embeddings


def import_trunk(source: Path, destination: Path, name: str) -> TrunkInfo:
    """Write the encoder and tokenizer of a Hugging Face folder as a trunk's folder.

    Fine-tuned checkpoints will do: their heads are left behind. No code of the folder runs, nothing is unpickled.
    Raises `TrunkError` for a family that is not supported, weights that are pickled or incomplete, and tokenizers
    that are missing or do not fit; `EnvironmentFault` where the disk does not take it.
    """
    content = TrunkContent.read(source)
    content.write(destination)
    return content.info(name)


def save_trunk(encoder: Encoder, folder: Path, destination: Path, name: str, parent_id: str | None = None) -> TrunkInfo:
    """Write an encoder that was trained in full as a new trunk, with the tokenizer of the `folder` it came from."""
    content = TrunkContent.of(encoder, folder)
    content.write(destination)
    return content.info(name, parent_id)


def head_tensors(source: Path) -> dict[str, Tensor]:
    """Read a checkpoint's head, pooler or decoder, under the checkpoint's own names. Raises `TrunkError`.

    The embeddings that a decoder shares with its encoder are among them, whichever name the checkpoint has them by:
    of `model.shared.weight`, `shared.weight` and `model.encoder.embed_tokens.weight` those that are there.
    """
    values = read_object(source / "config.json")
    family = family_of(values.get("model_type"))
    names = tensor_names(source)
    inside = encoder_names(names, family, family.config(values))
    shared = set(family.shared_names.values())
    own = {name for name, plain in inside.items() if plain not in shared}
    outside = [name for name in names if name not in own and not name.endswith(_BUFFERS)]
    return read_tensors(source, outside)
