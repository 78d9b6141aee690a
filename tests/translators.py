"""Tiny SentencePiece models, trained here, and folders of models that translate with them."""

from __future__ import annotations

import json
import random
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import encoders
from texts import HOSTILE
from tiny import WORDS

SOURCE = [" ".join(WORDS[start : start + 7]) for start in range(0, len(WORDS) - 7, 3)] * 3 + [
    "Ada met Charles in London. Caf\u00e9 na\u00efve, 12 orders! and/or",
    "</s> <s> [CLS] [MASK] [SEP] [PAD] <unk> <pad> <mask>",
] * 3
TARGET = [
    "ein Auftrag f\u00fcr Ada \u00fcber M\u00fcnchen",
    "\u6211\u7231\u5317\u4eac\u5929\u5b89\u95e8 \u4eca\u5929\u5929\u6c14\u5f88\u597d",
    "der die das und nicht \u00e9 \u00e0 \u00fc",
] * 5


@cache
def spm_bytes(side: str = "source", kind: str = "unigram", rule: str = "nmt_nfkc", symbols: str = "") -> bytes:
    """Train a SentencePiece model on one side's few lines."""
    import sentencepiece

    written = BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SOURCE if side == "source" else TARGET),
        model_writer=written,
        vocab_size=130 if side == "source" else 45,
        hard_vocab_limit=False,
        model_type=kind,
        normalization_rule_name=rule,
        user_defined_symbols=symbols,
        minloglevel=2,
    )
    return written.getvalue()


def spm_pieces(content: bytes) -> list[str]:
    """Give a model's pieces without <unk>, <s> and </s>."""
    import sentencepiece

    model = sentencepiece.SentencePieceProcessor(model_proto=content)
    return [model.id_to_piece(number) for number in range(3, model.get_piece_size())]


def write_marian_tokenizer(
    folder: Path, kind: str = "unigram", languages: tuple[str, ...] = (">>fra<<", ">>deu<<")
) -> dict[str, int]:
    """Write source.spm, target.spm and vocab.json: ids in no file's order, some pieces of the source without one."""
    folder.mkdir(parents=True, exist_ok=True)
    sides = {side: spm_bytes(side, kind) for side in ("source", "target")}
    for side, content in sides.items():
        (folder / f"{side}.spm").write_bytes(content)
    source, target = spm_pieces(sides["source"]), spm_pieces(sides["target"])
    known = [*target[::-1], *source[:20], *source[24:]]
    names = ["</s>", "<unk>", *dict.fromkeys(known), *languages, "<pad>"]
    vocabulary = {name: number for number, name in enumerate(names)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 40}))
    return vocabulary


def marian_folder(folder: Path, languages: tuple[str, ...] = (">>fra<<", ">>deu<<")) -> Any:
    """Write a whole tiny Marian model with its tokenizer; returns the model."""
    import torch
    from transformers import MarianConfig, MarianMTModel

    torch.manual_seed(1)  # whatever ran before
    vocabulary = write_marian_tokenizer(folder, languages=languages)
    padding = vocabulary["<pad>"]
    sizes = encoders.SEQ2SEQ | {"vocab_size": len(vocabulary), "pad_token_id": padding}
    model = MarianMTModel(MarianConfig(**sizes | {"decoder_start_token_id": padding, "eos_token_id": 0})).eval()
    model.save_pretrained(folder)
    return model


def awkward_texts(count: int = 1500) -> list[str]:
    """Give random texts of characters that normalisation treats, many of them behind one another."""
    drawn = random.Random(0)
    signs = "".join(text for name, text in HOSTILE.items() if "long" not in name and "special" not in name)
    signs += " " * 300 + "\u00e9\u5317\u4eac\u5929\u5b89 \u00e0\ufb03\u0323\u0323\u0301" * 20
    return ["".join(drawn.choice(signs) for _ in range(drawn.randint(1, 15))) for _ in range(count)]
