"""Row: answers from privacy policies (PolicyQA), question and text read together, or apart up to the fork; beside the
reference.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AutoTokenizer, set_seed

import trunkline
from benchmarks.quality.corpora import Corpus, policyqa
from benchmarks.quality.ours import SETTINGS
from benchmarks.quality.reference import RATES, logits_of, train_everything
from benchmarks.quality.reference_qa import Answering
from benchmarks.quality.reference_row import SEEDS
from benchmarks.quality.store import measured
from benchmarks.quality.trunk import THREADS, packaged_trunk

CORPUS = Corpus(
    "policyqa",
    "qa",
    "f1",
    3,
    3,
    policyqa,
    "-",  # published figures are of the whole training set, which is not here
)
APART = ((3, 3), (3, 2), (4, 2))  # layers up to which question and text are read apart, and how many follow
LAYERS = 6  # of MiniLM
JOINT = "joint-3"
OUR_RATES = (2e-4, 5e-4, 1e-3, 2e-3)  # what other tasks take, the default here, twice and four times that
Apart = tuple[int, int]


def policies() -> dict[str, list[dict[str, Any]]]:
    """Give one result a seed: of the reference, of the joint version and of those that read apart."""
    return {
        "reference": references(CORPUS),
        JOINT: versions(CORPUS),
        **{place_of(apart): versions(CORPUS, apart) for apart in APART},
    }


def versions(corpus: Corpus, apart: Apart | None = None) -> list[dict[str, Any]]:
    """Give one version a seed, at the learning rate that was best on dev for the one that reads both together."""
    best = max(OUR_RATES, key=lambda rate: ours(corpus, SEEDS[0], None, rate)["dev"])
    return [ours(corpus, seed, apart, best) for seed in SEEDS]


def references(corpus: Corpus) -> list[dict[str, Any]]:
    """Give one result a seed, at the learning rate that was best on dev."""

    def run(seed: int, rate: float) -> dict[str, Any]:
        key = f"reference/{corpus.name}/rate-{rate:g}/seed-{seed}"
        return measured(key, lambda: run_reference(corpus, packaged_trunk(), seed, rate, bf16=True))

    best = max((run(0, rate) for rate in RATES), key=lambda result: result["dev"])["rate"]
    return [run(seed, best) for seed in SEEDS]


def run_reference(corpus: Corpus, trunk: str, seed: int, rate: float, bf16: bool) -> dict[str, Any]:
    """Tune everything once; returns F1 and exact match on dev and test, and the seconds of training alone."""
    torch.set_num_threads(THREADS)
    set_seed(seed)
    train, dev, test = corpus.rows()
    kind = Answering(train, AutoTokenizer.from_pretrained(trunk))
    model = kind.model(trunk)
    seconds = train_everything(model, kind.encode(train), kind.collate, corpus.epochs, seed, rate, bf16)
    found: dict[str, Any] = {"seed": seed, "rate": rate, "seconds": seconds}
    for split, rows in (("dev", dev), ("test", test)):
        features = kind.encode(rows)
        scores = kind.score(logits_of(model, features, kind.collate), features, rows)
        found |= {split: scores["f1"], f"{split}_exact": scores["exact_match"]}
    return found


def ours(corpus: Corpus, seed: int, apart: Apart | None = None, rate: float = OUR_RATES[0]) -> dict[str, Any]:
    """Tune everything above the fork: the corpus's where both are read together, else where they are joined."""
    key = f"ours/{corpus.name}/{place_of(apart)}/rate-{rate:g}/seed-{seed}"
    return measured(key, lambda: tune_once(corpus, seed, apart, learning_rate=rate))


def place_of(apart: Apart | None) -> str:
    """Name it: "apart-3" has all layers of the trunk, "apart-3-2" two above the third."""
    if apart is None:
        return JOINT
    joined_at, branch_layers = apart
    return f"apart-{joined_at}" + ("" if joined_at + branch_layers == LAYERS else f"-{branch_layers}")


def tune_once(corpus: Corpus, seed: int, apart: Apart | None, **choices: Any) -> dict[str, Any]:
    train, dev, test = corpus.rows()
    result = trunkline.tune(
        "qa",
        name=corpus.name,
        data=train,
        dev=dev,
        test=test,
        seed=seed,
        epochs=corpus.epochs,
        tuning="layers",
        fork_layer=corpus.fork_layer if apart is None else apart[0],
        branch_layers=None if apart is None else apart[1],
        joined_at=None if apart is None else apart[0],
        keep_data=False,
        settings=SETTINGS,
        **choices,
    )
    assert result.test is not None
    f1 = result.test.metrics["f1"]
    return {
        "seed": seed,
        "model": result.version.reference,
        "fork_layer": result.version.branch.fork_layer,
        "branch_layers": result.version.branch.branch_layers,
        "joined_at": None if apart is None else apart[0],
        "rate": choices.get("learning_rate"),
        "seconds": result.seconds,
        "dev": result.evaluation.metrics["f1"].value,
        "dev_exact": result.evaluation.metrics["exact_match"].value,
        "test": f1.value,
        "low": f1.low,
        "high": f1.high,
        "test_exact": result.test.metrics["exact_match"].value,
    }
