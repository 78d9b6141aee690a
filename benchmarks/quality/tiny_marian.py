"""A tiny Marian of random weights, with a vocabulary made of the texts that it is to learn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import MarianConfig, MarianMTModel

VOCABULARY = 800
POSITIONS = 128
END, PADDING = "</s>", "<pad>"


def write_tiny_marian(folder: Path, texts: Sequence[str], seed: int = 0) -> Path:
    """Write config.json, weights and tokenizer.json; returns the folder."""
    tokenizer = trained(texts)
    padding = tokenizer.token_to_id(PADDING)
    torch.manual_seed(seed)
    config = MarianConfig(
        vocab_size=tokenizer.get_vocab_size(),
        d_model=128,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=256,
        decoder_ffn_dim=256,
        dropout=0.0,
        max_position_embeddings=POSITIONS,
        scale_embedding=True,
        pad_token_id=padding,
        decoder_start_token_id=padding,
        eos_token_id=tokenizer.token_to_id(END),
        forced_eos_token_id=tokenizer.token_to_id(END),
    )
    MarianMTModel(config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    described = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": POSITIONS}
    described |= {"eos_token": END, "pad_token": PADDING, "unk_token": "<unk>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


def trained(texts: Sequence[str]) -> Tokenizer:
    """Train pieces of words of both languages, with what closes a text behind it."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=VOCABULARY, special_tokens=[END, "<unk>", PADDING], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {END}", pair=f"$A $B {END}", special_tokens=[(END, tokenizer.token_to_id(END))]
    )
    return tokenizer
