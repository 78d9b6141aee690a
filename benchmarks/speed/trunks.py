"""The trunks that are timed: the packaged MiniLM, and a BERT-base of random weights with MiniLM's tokenizer."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from benchmarks.speed.places import MADE
from trunkline.trunk.source import find

NAMES = ("minilm", "bert-base")
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")
DEVIATION = 0.04  # of random weights: wide enough that layers tell texts apart


def trunk_source(name: str) -> Path:
    """Give the Hugging Face folder of a trunk."""
    return find("minilm") if name == "minilm" else _bert_base()


def _bert_base() -> Path:
    """Make the folder once: 12 layers of width 768, seeded."""
    folder = MADE / "trunks" / "bert-base"
    if folder.is_dir():
        return folder
    import torch
    from transformers import BertConfig, BertModel

    aside = folder.with_name("bert-base.part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    tokenizer = find("minilm")
    for file in TOKENIZER_FILES:
        shutil.copyfile(tokenizer / file, aside / file)
    torch.manual_seed(0)
    BertModel(BertConfig(initializer_range=DEVIATION), add_pooling_layer=False).save_pretrained(aside)
    os.replace(aside, folder)  # noqa: PTH105 - said as what it is: one system call
    return folder
