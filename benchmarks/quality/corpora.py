"""The four data sets as rows, with one fixed dev split each."""

from __future__ import annotations

import csv
import json
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Row = dict[str, Any]
ROOT = Path(os.environ.get("TRUNKLINE_CORPORA", "corpora"))


@dataclass(frozen=True)
class Corpus:
    """A labelled corpus for one task, and the recipe that both sides follow."""

    name: str
    task: str  # "classification" or "ner"
    metric: str
    fork_layer: int  # where our version leaves the trunk in the comparison
    epochs: int
    read: Callable[[], tuple[list[Row], list[Row], list[Row]]]  # train, dev, test
    anchor: str  # a published figure to see ours against

    def rows(self) -> tuple[list[Row], list[Row], list[Row]]:
        return self.read()


def held_out(rows: list[Row], count: int) -> tuple[list[Row], list[Row]]:
    """Take `count` rows for dev, always the same ones."""
    order = list(range(len(rows)))
    random.Random(0).shuffle(order)
    chosen = set(order[:count])
    return [row for i, row in enumerate(rows) if i not in chosen], [rows[i] for i in sorted(chosen)]


@cache
def banking77() -> tuple[list[Row], list[Row], list[Row]]:
    def read(split: str) -> list[Row]:
        with (ROOT / "banking77" / f"{split}.csv").open(encoding="utf-8", newline="") as file:
            return [{"text": row["text"], "label": row["category"]} for row in csv.DictReader(file)]

    train, dev = held_out(read("train"), 1000)
    return train, dev, read("test")


def snips_lines(split: str) -> list[Row]:
    with (ROOT / "snips" / f"{split}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@cache
def snips_intents() -> tuple[list[Row], list[Row], list[Row]]:
    def read(split: str) -> list[Row]:
        return [{"text": row["text"], "label": row["intent"]} for row in snips_lines(split)]

    train, dev = held_out(read("train"), 700)
    return train, dev, read("test")


@cache
def snips_slots() -> tuple[list[Row], list[Row], list[Row]]:
    def read(split: str) -> list[Row]:
        return [{"text": row["text"], "entities": row["entities"]} for row in snips_lines(split)]

    train, dev = held_out(read("train"), 700)
    return train, dev, read("test")


def conll_row(tokens: list[str], tags: list[str]) -> Row:
    """Join a sentence's tokens by one space, and its IOB2 tags to spans."""
    entities: list[Row] = []
    position = 0
    for token, tag in zip(tokens, tags, strict=True):
        end = position + len(token)
        if tag.startswith("B-") or (tag.startswith("I-") and not entities):
            entities.append({"start": position, "end": end, "label": tag[2:]})
        elif tag.startswith("I-"):
            entities[-1]["end"] = end
        position = end + 1
    return {"text": " ".join(tokens), "entities": entities, "tokenised": True}


@cache
def wnut17() -> tuple[list[Row], list[Row], list[Row]]:
    def read(split: str) -> list[Row]:
        rows: list[Row] = []
        tokens: list[str] = []
        tags: list[str] = []
        text = (ROOT / "wnut17" / f"{split}.conll").read_text(encoding="utf-8")
        for line in [*text.split("\n"), ""]:
            if line.strip():
                token, tag = line.split("\t")
                tokens.append(token)
                tags.append(tag.strip())
            elif tokens:
                rows.append(conll_row(tokens, tags))
                tokens, tags = [], []
        return rows

    return read("train"), read("dev"), read("test")


@cache
def policyqa() -> tuple[list[Row], list[Row], list[Row]]:
    """Questions about privacy policies; dev is a tenth of the policies' contexts, with all their questions."""

    def read(split: str) -> list[Row]:
        whole = json.loads((ROOT / "policyqa" / f"{split}.json").read_text(encoding="utf-8"))
        return [
            {
                "question": asked["question"],
                "context": paragraph["context"],
                "answers": asked["answers"],
                "policy": article["title"],
            }
            for article in whole["data"]
            for paragraph in article["paragraphs"]
            for asked in paragraph["qas"]
        ]

    rows = read("train")
    contexts = [{"context": context} for context in dict.fromkeys(row["context"] for row in rows)]
    chosen = {row["context"] for row in held_out(contexts, len(contexts) // 10)[1]}
    train = [row for row in rows if row["context"] not in chosen]
    return train, [row for row in rows if row["context"] in chosen], read("test")


def translations(pair: str) -> tuple[list[str], list[str]]:
    """Give Tatoeba's sentences in a language and in English, line by line: "cmn", "deu"."""
    ours, english = (
        (ROOT / "tatoeba" / f"tatoeba.{pair}-eng.{side}").read_text(encoding="utf-8").splitlines()
        for side in (pair, "eng")
    )
    return ours, english


CORPORA = {
    corpus.name: corpus
    for corpus in (
        Corpus(
            "banking77",
            "classification",
            "accuracy",
            5,
            4,
            banking77,
            "93.7: BERT-base fully tuned (Casanueva et al. 2020)",
        ),
        Corpus(
            "snips-intents",
            "classification",
            "accuracy",
            5,
            2,
            snips_intents,
            "98.6: BERT-base joint (Chen et al. 2019, on another split of SNIPS)",
        ),
        Corpus(
            "snips-slots",
            "ner",
            "f1",
            3,
            2,
            snips_slots,
            "97.0: BERT-base joint (Chen et al. 2019, on another split of SNIPS)",
        ),
        Corpus(
            "wnut17",
            "ner",
            "f1",
            3,
            4,
            wnut17,
            "41.9: UH-RiTUAL, best of the shared task (Derczynski et al. 2017)",
        ),
    )
}
