"""Tiny random models with real tokenizers, made here so that tests need no download."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TEXT = """
the a in of to and is on for from ada lovelace met charles babbage london paris berlin order refund late
broken card lost my new phone arrived where please cancel thank you i it not was never help with account anna
karl tokyo monday friday ## un able ing ed s ly . , ! ? ' - @ # & 1 2 3 4 5 6 7 8 9 0
"""
WORDS = TEXT.split()


def wordpiece_tokenizer() -> Any:
    """Make a small uncased WordPiece tokenizer with BERT's special tokens; every ASCII letter is in it."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    pieces += [word for word in dict.fromkeys(WORDS) if word not in pieces]
    pieces += [f"##{word}" for word in ("ing", "ed", "s", "ly", "able", *"0123456789") if f"##{word}" not in pieces]
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    return tokenizer


def write_tokenizer(folder: Path, max_length: int = 64) -> int:
    """Write the tokenizer's files into `folder`; returns the vocabulary's size."""
    tokenizer = wordpiece_tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": max_length,
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return int(tokenizer.get_vocab_size())


def bert_folder(folder: Path, layers: int = 3, width: int = 32, max_length: int = 64, seed: int = 0) -> Path:
    """Write a tiny random BERT encoder as a Hugging Face folder; returns `folder`."""
    import torch
    from transformers import BertConfig, BertModel

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = write_tokenizer(folder, max_length)
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        intermediate_size=2 * width,
        max_position_embeddings=max_length,
        hidden_dropout_prob=0.1,
        attention_probs_dropout_prob=0.1,
        initializer_range=0.2,  # wide enough that layers tell inputs apart
    )
    torch.manual_seed(seed)
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder
