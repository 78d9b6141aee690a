"""Row: questions to a knowledge base of 500 to 100,000 passages, by words, by vectors and by both; and its updates.

A figure of speed alone: documents are sentences put together at random, and vectors are random ones of length 1, since
how near they are makes no difference to how long it takes to look at them.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.speed.bench import Bench
from benchmarks.speed.models import registered
from benchmarks.speed.plans import Plan
from benchmarks.speed.texts import sentences
from trunkline import Settings, load_plugins
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry
from trunkline_qa.knowledge.bases import KnowledgeBase, KnowledgeBases
from trunkline_qa.knowledge.documents import Document
from trunkline_qa.knowledge.embedding import vector_model
from trunkline_qa.knowledge.preferences import Preferences
from trunkline_qa.knowledge.search import Mode, search
from trunkline_qa.knowledge.vector_files import Manifest

PLAN = Plan("minilm", "classification", 6, 0, 0)
PASSAGES = (500, 10_000, 100_000)
QUESTIONS = 100
BATCH = 500
UPDATES = 5_000  # documents
MODES: tuple[Mode, ...] = ("bm25", "vectors", "hybrid")
WORDS = 90  # of a document, about: one passage


def knowledge(bench: Bench) -> None:
    """Measure updates, and questions at each size."""
    quick = bench.scale.name == "quick"
    bench.store.measured("knowledge/updates", lambda: _updates(500 if quick else UPDATES))
    for count in PASSAGES[:1] if quick else PASSAGES:
        bench.store.measured(f"knowledge/questions-{count:06}", lambda count=count: _questions(count))


def _updates(count: int) -> dict[str, Any]:
    """Put short documents in batches, each durable before the next."""
    documents = list(_documents(count, words=20))
    rates = []
    with TemporaryDirectory() as folder:
        base = KnowledgeBases(Path(folder)).create("updates", Preferences(vectors=False))
        for start in range(0, count, BATCH):
            part = documents[start : start + BATCH]
            started = perf_counter()
            base.store.put(part)
            rates.append(len(part) / (perf_counter() - started))
    rate = median(rates)
    return {
        "batch": BATCH,
        "samples": {"documents a second": rates},
        "medians": {"documents a second": rate},
        "told": f"{rate:,.0f} documents of 20 words a second, in durable batches of {BATCH}",
    }


def _questions(count: int) -> dict[str, Any]:
    """Ask the same questions in every mode, in turn."""
    settings = Settings(home=registered([PLAN]), backend="openvino", state_cache_mib=0)  # each mode reads its question
    with (
        TemporaryDirectory() as folder,
        Registry.open(settings) as registry,
        Engine(RegistryCatalog(registry), load_plugins(), settings, follow=False) as engine,
    ):
        base = _filled(KnowledgeBases(Path(folder)), count, engine)
        _, texts = sentences(seed=7)
        samples: dict[str, list[float]] = {mode: [] for mode in MODES}
        for number, text in enumerate([*texts[:5], *texts[:QUESTIONS]]):
            for mode in MODES:
                started = perf_counter()
                asyncio.run(search(base, engine, f"{text} {number}", 5, mode))
                if number >= 5:  # the first ones warm up
                    samples[mode].append(1000 * (perf_counter() - started))
        passages = base.store.counts().passages
    medians = {mode: median(found) for mode, found in samples.items()}
    each = ", ".join(f"{mode} {found:.3g} ms" for mode, found in medians.items())
    return {
        "unit": "milliseconds",
        "passages": passages,
        "samples": samples,
        "medians": medians,
        "told": f"{passages:,} passages: {each}",
    }


def _filled(bases: KnowledgeBases, count: int, engine: Engine) -> KnowledgeBase:
    preferences = Preferences(trunk="minilm")
    base = bases.create("filled", preferences)
    batch: list[Document] = []
    for document in _documents(count, WORDS):
        batch.append(document)
        if len(batch) == min(2 * BATCH, count // 2):
            base.store.put(batch)
            batch = []
            if base.store.counts().passages >= 0.95 * count:  # some documents are two passages
                break
    numbers = np.array(base.store.numbers(), np.int64)
    made_by = vector_model(preferences, engine)
    vectors = np.random.default_rng(0).standard_normal((len(numbers), engine.trunk_info("minilm").width), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    with base.folder.locked():
        segment = base.folder.add(numbers, vectors)
        base.folder.commit(Manifest(base=base.identity, made_by=made_by, precision="float32", segments=(segment,)))
    return base


def _documents(count: int, words: int) -> Iterator[Document]:
    """Make documents of whole sentences in random order."""
    source = random.Random(0)
    _, pool = sentences(seed=1)
    for number in range(count):
        yield Document(id=f"document-{number}", text=_text(pool, words, source))


def _text(pool: Sequence[str], words: int, source: random.Random) -> str:
    parts: list[str] = []
    while sum(part.count(" ") + 1 for part in parts) < words:
        parts.append(source.choice(pool))
    return " ".join(parts)
