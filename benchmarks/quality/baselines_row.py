"""Row: Banking77 beside simple methods, with all labels and with 5, 20 and 100 a class."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

import trunkline
from benchmarks.quality.corpora import CORPORA, Row
from benchmarks.quality.ours import SETTINGS, tune_once
from benchmarks.quality.reference import run_reference
from benchmarks.quality.reference_row import SEEDS, reference
from benchmarks.quality.store import measured
from benchmarks.quality.trunk import THREADS, packaged_trunk

CORPUS = CORPORA["banking77"]
LABELS_PER_CLASS = (5, 20, 100)
STEPS = 400  # at least, so that few labels are not also few steps; the same for every tuned method
BATCH = 32
HEAD_EPOCHS = 10  # what a head alone takes by default


def few(per_class: int | None, seed: int) -> list[Row]:
    """Draw so many training rows of each class (all of them where None)."""
    train, _, _ = CORPUS.rows()
    if per_class is None:
        return train
    by_label: dict[str, list[Row]] = defaultdict(list)
    for row in train:
        by_label[row["label"]].append(row)
    dice = random.Random(seed)
    return [row for _, rows in sorted(by_label.items()) for row in dice.sample(rows, min(per_class, len(rows)))]


def epochs(rows: Sequence[Row]) -> int:
    return max(CORPUS.epochs, -(-STEPS * BATCH // len(rows)))


def tfidf(rows: list[Row], seed: int) -> dict[str, Any]:
    """TF-IDF over words and pairs of words, linear support-vector machine."""
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LinearSVC(random_state=seed))
    return fitted(model, [row["text"] for row in rows], rows, [row["text"] for row in CORPUS.rows()[2]])


def frozen(rows: list[Row], seed: int) -> dict[str, Any]:
    """Logistic regression on the trunk's mean-pooled last states."""
    model = LogisticRegression(C=10, max_iter=2000, random_state=seed)
    where = embeddings()
    texts = [row["text"] for row in rows]
    return fitted(model, [where[t] for t in texts], rows, [where[row["text"]] for row in CORPUS.rows()[2]])


@cache
def embeddings() -> dict[str, np.ndarray]:
    torch.set_num_threads(THREADS)
    train, _, test = CORPUS.rows()
    texts = [row["text"] for row in (*train, *test)]
    trunk = trunkline.Trunk.load("minilm", SETTINGS)
    states = trunk.hidden_states(texts, layers=[trunk.info.n_layers])
    return {text: of_text[0].mean for text, of_text in zip(texts, states, strict=True)}


def fitted(model: Any, inputs: Sequence[Any], rows: list[Row], test: Sequence[Any]) -> dict[str, Any]:
    model.fit(inputs, [row["label"] for row in rows])
    predicted = model.predict(test)
    gold = [row["label"] for row in CORPUS.rows()[2]]
    return {"test": float(np.mean([p == g for p, g in zip(predicted, gold, strict=True)]))}


def ours_layers(rows: list[Row], seed: int) -> dict[str, Any]:
    return tune_once(CORPUS, seed, rows, epochs(rows), tuning="layers", fork_layer=CORPUS.fork_layer)


def ours_head(rows: list[Row], seed: int) -> dict[str, Any]:
    return tune_once(CORPUS, seed, rows, max(HEAD_EPOCHS, epochs(rows)), tuning="head")


def everything(rows: list[Row], seed: int) -> dict[str, Any]:
    """The reference, at the learning rate that was best with all labels."""
    from dataclasses import replace

    rate = reference(CORPUS)[0]["rate"]
    _, dev, test = CORPUS.rows()
    fewer = replace(CORPUS, epochs=epochs(rows), read=lambda: (rows, dev, test))
    return run_reference(fewer, packaged_trunk(), seed, rate, bf16=True, threads=THREADS)


METHODS: dict[str, Callable[[list[Row], int], dict[str, Any]]] = {
    "tf-idf + linear SVM": tfidf,
    "logistic regression on frozen states": frozen,
    "head only": ours_head,
    "layers, fork 5": ours_layers,
    "reference": everything,
}
SIMPLE = ("tf-idf + linear SVM", "logistic regression on frozen states")


def slug(method: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in method)


def baselines() -> dict[str, dict[int | None, list[float]]]:
    """Give test accuracy by method and labels per class, one value a seed."""
    found: dict[str, dict[int | None, list[float]]] = {}
    for method, measure in METHODS.items():
        found[method] = {}
        for count in LABELS_PER_CLASS:
            seeds = SEEDS if method != "reference" else SEEDS[:1]  # the dearest one: one seed tells enough
            found[method][count] = [
                measured(
                    f"few/{slug(method)}/{count}-per-class/seed-{seed}",
                    lambda measure=measure, count=count, seed=seed: measure(few(count, seed), seed),
                )["test"]
                for seed in seeds
            ]
        if method in SIMPLE:
            found[method][None] = [
                measured(f"few/{slug(method)}/all/seed-0", lambda measure=measure: measure(few(None, 0), 0))["test"]
            ]
    return found
