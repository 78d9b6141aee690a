"""The reference: plain transformers with `Trainer`, everything training, on the same trunk and data.

Batches are grouped by length; the learning rate is the best of three on dev, searched once with seed 0.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer, Trainer, TrainingArguments, set_seed

from benchmarks.quality.corpora import Corpus, Row
from benchmarks.quality.padding import padded
from benchmarks.quality.spans import entity_f1, spans_of_words

RATES = (1e-4, 2e-4, 3e-4)
BATCH = 32
LENGTH = 256


class MeanPooled(nn.Module):
    """An encoder with a linear layer on the mean of its token states."""

    def __init__(self, folder: str, labels: int) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(folder, add_pooling_layer=False)
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Linear(self.encoder.config.hidden_size, labels)

    def forward(self, input_ids: Any, attention_mask: Any, labels: Any = None) -> dict[str, Any]:
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
        logits = self.classifier(self.dropout((hidden * weights).sum(1) / weights.sum(1)))
        return with_loss(logits, labels)


class Tagger(nn.Module):
    """An encoder with a linear layer on every token state."""

    def __init__(self, folder: str, labels: int) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(folder, add_pooling_layer=False)
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Linear(self.encoder.config.hidden_size, labels)

    def forward(self, input_ids: Any, attention_mask: Any, labels: Any = None) -> dict[str, Any]:
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return with_loss(self.classifier(self.dropout(hidden)), labels)


def with_loss(logits: Any, labels: Any) -> dict[str, Any]:
    if labels is None:
        return {"logits": logits}
    flat = logits.flatten(0, -2).float()
    return {"loss": nn.functional.cross_entropy(flat, labels.flatten()), "logits": logits}


class Classification:
    """What the reference does for a row with one label."""

    model = MeanPooled

    def __init__(self, train: Sequence[Row], tokenizer: Any) -> None:
        self.labels = sorted({row["label"] for row in train})
        self.tokenizer = tokenizer

    def encode(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        ids = self.tokenizer([row["text"] for row in rows], truncation=True, max_length=LENGTH)["input_ids"]
        index = {label: i for i, label in enumerate(self.labels)}
        return [{"input_ids": one, "labels": index[row["label"]]} for one, row in zip(ids, rows, strict=True)]

    def collate(self, features: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        batch = padded(features, self.tokenizer.pad_token_id)
        return {**batch, "labels": torch.tensor([feature["labels"] for feature in features])}

    def score(self, logits: list[np.ndarray], rows: Sequence[Row]) -> float:
        predicted = [self.labels[int(one.argmax())] for one in logits]
        return float(np.mean([row["label"] == label for row, label in zip(rows, predicted, strict=True)]))


class Tagging:
    """What the reference does for a row with entities: the first sub-word of each word is labelled."""

    model = Tagger

    def __init__(self, train: Sequence[Row], tokenizer: Any) -> None:
        kinds = sorted({entity["label"] for row in train for entity in row["entities"]})
        self.labels = ["O", *(f"{prefix}-{kind}" for kind in kinds for prefix in "BI")]
        self.tokenizer = tokenizer

    def words(self, rows: Sequence[Row]) -> list[list[tuple[int, int, int]]]:
        """Give (token, start, end) of each word; end is that of its last token.

        Words are the corpus's own tokens where it has them (its rows say so), else the tokenizer's words.
        """
        coded = self.tokenizer(
            [row["text"] for row in rows], truncation=True, max_length=LENGTH, return_offsets_mapping=True
        )
        everything = []
        for i, (row, offsets) in enumerate(zip(rows, coded["offset_mapping"], strict=True)):
            words: list[tuple[int, int, int]] = []
            previous = None
            for token, (word, (start, end)) in enumerate(zip(coded.word_ids(i), offsets, strict=True)):
                if word is None:
                    continue
                unit = row["text"].count(" ", 0, start) if row.get("tokenised") else word
                if unit != previous:
                    words.append((token, start, end))
                else:
                    words[-1] = (*words[-1][:2], end)
                previous = unit
            everything.append(words)
        return everything

    def encode(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        ids = self.tokenizer([row["text"] for row in rows], truncation=True, max_length=LENGTH)["input_ids"]
        index = {label: i for i, label in enumerate(self.labels)}
        features = []
        for one, words, row in zip(ids, self.words(rows), rows, strict=True):
            labels = [-100] * len(one)
            for token, _, _ in words:
                labels[token] = 0
            for entity in row["entities"]:
                inside = [w for w in words if w[1] < entity["end"] and w[2] > entity["start"]]
                for place, (token, _, _) in enumerate(inside):
                    # a type that training never showed cannot be predicted: it stays outside
                    labels[token] = index.get(f"{'I' if place else 'B'}-{entity['label']}", 0)
            features.append({"input_ids": one, "labels": labels})
        return features

    def collate(self, features: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        batch = padded(features, self.tokenizer.pad_token_id)
        width = batch["input_ids"].shape[1]
        labels = [feature["labels"] + [-100] * (width - len(feature["labels"])) for feature in features]
        return {**batch, "labels": torch.tensor(labels)}

    def score(self, logits: list[np.ndarray], rows: Sequence[Row]) -> float:
        predicted = []
        for one, words in zip(logits, self.words(rows), strict=True):
            tags = [self.labels[int(one[token].argmax())] for token, _, _ in words]
            predicted.append(spans_of_words(tags, [(start, end) for _, start, end in words]))
        return entity_f1(predicted, rows)


@torch.inference_mode()
def logits_of(model: nn.Module, features: list[dict[str, Any]], collate: Any) -> list[np.ndarray]:
    """Give the logits row by row, in the rows' order; batches sorted by length."""
    model.eval()
    order = sorted(range(len(features)), key=lambda i: len(features[i]["input_ids"]))
    found: dict[int, np.ndarray] = {}
    for start in range(0, len(order), BATCH):
        chosen = order[start : start + BATCH]
        batch = collate([features[i] for i in chosen])
        out = model(batch["input_ids"], batch["attention_mask"])["logits"].float().numpy()
        found.update(zip(chosen, out, strict=True))
    return [found[i] for i in range(len(features))]


def train_everything(
    model: nn.Module, features: list[dict[str, Any]], collate: Any, epochs: int, seed: int, rate: float, bf16: bool
) -> float:
    """Train all of `model` on the features; returns the seconds of `train()` alone."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            num_train_epochs=epochs,
            per_device_train_batch_size=BATCH,
            learning_rate=rate,
            warmup_steps=0.1,
            lr_scheduler_type="linear",
            weight_decay=0.01,
            bf16=bf16,
            use_cpu=True,
            train_sampling_strategy="group_by_length",
            seed=seed,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            logging_strategy="no",
            dataloader_pin_memory=False,
            remove_unused_columns=False,
        )
        trainer = Trainer(model=model, args=arguments, train_dataset=features, data_collator=collate)
        started = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            trainer.train()
        return time.perf_counter() - started


def run_reference(corpus: Corpus, trunk: str, seed: int, rate: float, bf16: bool, threads: int) -> dict[str, Any]:
    """Tune everything once; returns dev and test metric and the seconds of training alone."""
    torch.set_num_threads(threads)
    set_seed(seed)
    train, dev, test = corpus.rows()
    tokenizer = AutoTokenizer.from_pretrained(trunk)
    kind = (Classification if corpus.task == "classification" else Tagging)(train, tokenizer)
    model = kind.model(trunk, len(kind.labels))
    seconds = train_everything(model, kind.encode(train), kind.collate, corpus.epochs, seed, rate, bf16)
    scores = {
        split: kind.score(logits_of(model, kind.encode(rows), kind.collate), rows)
        for split, rows in (("dev", dev), ("test", test))
    }
    return {"seed": seed, "rate": rate, "seconds": seconds, **scores}
