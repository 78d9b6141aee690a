"""Row: what a question costs at five known passages, read together with them, or apart with their states kept."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import trunkline
from benchmarks.quality.corpora import Corpus, Row
from benchmarks.quality.ours import HOME, SETTINGS
from benchmarks.quality.policyqa_row import APART, CORPUS, Apart, place_of
from benchmarks.quality.store import measured
from trunkline.serving.answers import answers
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine

PASSAGES = 5
QUESTIONS = 100  # of a round
ROUNDS = 5
TUNED_ON = 256  # rows: what weights have learnt changes no time
CACHE_MIB = 2048  # every passage of the round fits
BACKENDS = ("torch", "openvino")


def policies_timed() -> None:
    """Take the milliseconds of a question with each engine, joint and apart in turn."""
    for backend in BACKENDS:
        measured(f"timing/policyqa/five-passages/{backend}", lambda backend=backend: timed(CORPUS, backend))


def timed(corpus: Corpus, backend: str) -> dict[str, Any]:
    """Tune a version of each kind and compare them."""
    apart = {place_of(one): reference(corpus, one) for one in APART}
    return compare(corpus, {"joint": reference(corpus), **apart}, backend=backend)


def reference(corpus: Corpus, apart: Apart | None = None, **choices: Any) -> str:
    """Give a version whose answers are worth nothing and that takes as long as a good one; tuned once."""
    name = f"timed-{place_of(apart)}"
    with trunkline.registry(SETTINGS) as registry:
        found = registry.versions("qa", name)
    if found:
        return found[-1].reference
    train, dev, _ = corpus.rows()
    result = trunkline.tune(
        "qa",
        name=name,
        data=train[:TUNED_ON],
        dev=dev[:TUNED_ON],
        epochs=1,
        fork_layer=corpus.fork_layer if apart is None else apart[0],
        branch_layers=None if apart is None else apart[1],
        joined_at=None if apart is None else apart[0],
        keep_data=False,
        settings=SETTINGS,
        **choices,
    )
    return result.version.reference


def compare(
    corpus: Corpus,
    models: Mapping[str, str],
    questions: int = QUESTIONS,
    rounds: int = ROUNDS,
    backend: str = BACKENDS[0],
) -> dict[str, Any]:
    """Ask each of `models`, "joint" among them, other questions in every round of the same passages.

    Passages that are read apart were read beforehand.
    """
    settings = trunkline.Settings(home=HOME, state_cache_mib=CACHE_MIB, backend=backend)
    plugins, registry = trunkline.load_plugins(), trunkline.registry(settings)
    task = plugins.head_task("qa")
    with Engine(RegistryCatalog(registry), plugins, settings, follow=False) as engine:

        def ask(side: str, question: str, passages: Sequence[str]) -> float:
            """Ask one question of all passages; returns milliseconds."""
            requests = [task.request_model(question=question, context=passage) for passage in passages]
            started = time.perf_counter()
            answers(engine, task, models[side], requests)
            return 1000 * (time.perf_counter() - started)

        precision = engine.backend.precision
        asked = [list(batch) for batch in batches(corpus.rows()[2], questions, rounds)]
        for side in models:
            for batch in asked:
                for _, passages in batch:
                    ask(side, "what is this about ?", passages)
        times: list[dict[str, float]] = []
        for batch in asked:
            times.append(
                {side: statistics.median(ask(side, *one) for one in batch) for side in models}  # A, then B
            )
    medians = {side: statistics.median(one[side] for one in times) for side in models}
    return {
        "backend": backend,
        "precision": precision,
        "passages": PASSAGES,
        "questions": questions,
        "rounds": times,
        "medians": medians,
        "ratios": {side: medians["joint"] / one for side, one in medians.items() if side != "joint"},
    }


def batches(rows: Sequence[Row], questions: int, rounds: int) -> Iterator[Iterator[tuple[str, list[str]]]]:
    """Give a round's questions, each with its text and others of the same policy; no pair comes twice."""
    by_policy: dict[str, list[str]] = {}
    for row in rows:
        contexts = by_policy.setdefault(row["policy"], [])
        if row["context"] not in contexts:
            contexts.append(row["context"])
    wide = [row for row in rows if len(by_policy[row["policy"]]) >= PASSAGES]
    distinct = list({row["question"]: row for row in wide}.values())
    step = max(1, len(distinct) // (questions * rounds))
    for number in range(rounds):
        chosen = distinct[number * questions * step : (number + 1) * questions * step : step]
        yield ((row["question"], _passages(row["context"], by_policy[row["policy"]])) for row in chosen)


def _passages(own: str, all_of_policy: Sequence[str]) -> list[str]:
    place = all_of_policy.index(own)
    return [all_of_policy[(place + shift) % len(all_of_policy)] for shift in range(PASSAGES)]
