"""A tiny random trunk, made at run time: real code on every path, and no download."""

from __future__ import annotations

import json
import string
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from trunkline.records import TrunkInfo
from trunkline.trunk.encoder import Encoder
from trunkline.trunk.folder import import_trunk
from trunkline.trunk.tokenizer import Tokenizer

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_TOKENIZER_CONFIG = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    **{f"{name[1:-1].lower()}_token": name for name in _SPECIAL},
}


@dataclass(frozen=True, slots=True, eq=False)
class TinyTrunk:
    """A random BERT of 2 layers, width 32 and windows of 128 tokens, loaded."""

    info: TrunkInfo
    tokenizer: Tokenizer
    encoder: Encoder


@cache
def tiny_trunk() -> TinyTrunk:
    """Give the tiny trunk; made once in a process, the same weights every time."""
    with tempfile.TemporaryDirectory() as folder:
        source, stored = Path(folder) / "source", Path(folder) / "tiny"
        write_trunk(source)
        info = import_trunk(source, stored, "tiny")
        return TinyTrunk(info, Tokenizer.from_folder(stored), Encoder.load(stored).eval())


def write_trunk(folder: Path, layers: int = 2, width: int = 32, window: int = 128) -> Path:
    """Write a random BERT as a Hugging Face folder, as `--trunk FOLDER` takes it; returns `folder`."""
    import torch
    from transformers import BertConfig, BertModel

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _letters()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {**_TOKENIZER_CONFIG, "model_max_length": window}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), "utf-8")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = BertModel(
            BertConfig(
                vocab_size=tokenizer.get_vocab_size(),
                hidden_size=width,
                num_hidden_layers=layers,
                num_attention_heads=2,
                intermediate_size=2 * width,
                max_position_embeddings=window,
                initializer_range=0.2,  # wide enough for layers to tell texts apart
            ),
            add_pooling_layer=False,
        )
    model.save_pretrained(folder)
    return folder


def _letters() -> Any:
    """Make a WordPiece tokenizer that spells: every printable ASCII character, alone and inside a word."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    signs = [sign for sign in string.printable if not sign.isspace() and not sign.isupper()]
    pieces = [*_SPECIAL, *signs, *(f"##{sign}" for sign in signs)]
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106 - a token, no secret
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")],
    )
    tokenizer.add_special_tokens(list(_SPECIAL))
    return tokenizer
