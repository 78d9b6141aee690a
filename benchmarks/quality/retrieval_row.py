"""Row: how often a right text is found first, or among the first five: by words, vectors, both, and tuned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import trunkline
from benchmarks.quality.ours import SETTINGS
from benchmarks.quality.reference_row import SEEDS
from benchmarks.quality.searched import Searched, everything
from benchmarks.quality.store import measured
from benchmarks.quality.trunk import THREADS
from trunkline_qa.knowledge.documents import Document
from trunkline_qa.knowledge.ranking import fused
from trunkline_qa.knowledge.store import DocumentStore

CUTOFFS = (1, 5)
POOL = 50  # candidates of each ranking that are fused
AT_ONCE = 500  # documents of a batch, texts of a request
FORK = 4
Vectors = NDArray[np.float32]
Rankings = list[list[int]]  # of each query, the texts from best to worst


def retrieval() -> None:
    """Take every measurement that is not there yet."""
    for searched in everything():
        plain(searched)
        if searched.pairs is not None:
            for seed in SEEDS:
                key = f"retrieval/{searched.name}/tuned/seed-{seed}"
                measured(key, lambda searched=searched, seed=seed: tuned(searched, seed))


def plain(searched: Searched) -> None:
    """Words, vectors of the trunk as it is, and both."""
    held = cache(lambda: by_words(searched)), cache(lambda: by_vectors(*trunk_vectors(searched)))

    def both() -> Rankings:
        return together(held[0](), held[1]())

    for name, ranked in (("bm25", held[0]), ("vectors", held[1]), ("hybrid", both)):
        measured(f"retrieval/{searched.name}/{name}", lambda ranked=ranked: recall(ranked(), searched))


def recall(rankings: Rankings, searched: Searched) -> dict[str, Any]:
    """Give the share of queries with a right text among the first."""
    found: dict[str, Any] = {"queries": len(searched.queries), "texts": len(searched.texts)}
    for cutoff in CUTOFFS:
        hits = [bool(right & set(ranked[:cutoff])) for ranked, right in zip(rankings, searched.right, strict=True)]
        found[f"recall@{cutoff}"] = float(np.mean(hits))
    return found


def by_words(searched: Searched) -> Rankings:
    """Rank by BM25, with the store of a knowledge base; of a text's passages the best one counts."""
    with TemporaryDirectory() as folder:
        store = DocumentStore.create(Path(folder) / "knowledge.db", {})
        try:
            for start in range(0, len(searched.texts), AT_ONCE):
                texts = searched.texts[start : start + AT_ONCE]
                store.put([Document(id=str(start + place), text=text) for place, text in enumerate(texts)])
            return [_documents(store, query) for query in searched.queries]
        finally:
            store.close()


def _documents(store: DocumentStore, query: str) -> list[int]:
    found = store.passages([number for number, _ in store.bm25(query, POOL)])
    return list(dict.fromkeys(int(passage.document_id) for passage in found if passage is not None))


def by_vectors(queries: Vectors, texts: Vectors) -> Rankings:
    """Rank by cosine; vectors have length 1."""
    best = []
    for start in range(0, len(queries), AT_ONCE):
        scores = queries[start : start + AT_ONCE] @ texts.T
        pool = np.argpartition(-scores, min(POOL, scores.shape[1] - 1), axis=1)[:, :POOL]
        order = np.argsort(-np.take_along_axis(scores, pool, axis=1), axis=1, kind="stable")
        best += np.take_along_axis(pool, order, axis=1).tolist()
    return best


def together(first: Rankings, second: Rankings) -> Rankings:
    return [[text for text, _ in fused([one[:POOL], other[:POOL]])] for one, other in zip(first, second, strict=True)]


def trunk_vectors(searched: Searched) -> tuple[Vectors, Vectors]:
    """Give mean-pooled last states of the trunk as it is."""
    torch.set_num_threads(THREADS)
    trunk = trunkline.Trunk.load(searched.trunk(), SETTINGS)

    def read(prefix: str, texts: Sequence[str]) -> Vectors:
        means = [
            of_text[0].mean
            for start in range(0, len(texts), AT_ONCE)
            for of_text in trunk.hidden_states([prefix + text for text in texts[start : start + AT_ONCE]])
        ]
        return normalised(np.stack(means))

    return read(searched.prefixes[0], searched.queries), read(searched.prefixes[1], searched.texts)


def tuned(searched: Searched, seed: int, **choices: Any) -> dict[str, Any]:
    """Tune a version for retrieval on pairs, and search by its vectors, and by words and vectors."""
    assert searched.pairs is not None
    train, dev = searched.pairs(seed)
    wish = {"trunk": searched.trunk(), "tuning": "layers", "fork_layer": FORK, "settings": SETTINGS, **choices}
    name = f"search-{searched.name}"
    result = trunkline.tune("retrieval", name=name, data=train, dev=dev, seed=seed, keep_data=False, **wish)
    with trunkline.load(result.version.reference, wish["settings"]) as model:
        queries, texts = (np.concatenate(list(_asked(model, some))) for some in (searched.queries, searched.texts))
    ranked = by_vectors(queries, texts)
    hybrid = recall(together(by_words(searched), ranked), searched)
    return {
        "seed": seed,
        "model": result.version.reference,
        "pairs": len(train),
        "seconds": result.seconds,
        **recall(ranked, searched),
        **{f"hybrid_recall@{cutoff}": hybrid[f"recall@{cutoff}"] for cutoff in CUTOFFS},
    }


def _asked(model: Any, texts: Sequence[str]) -> Iterator[Vectors]:
    """Ask a version for the vectors of texts, in their order."""
    for start in range(0, len(texts), AT_ONCE):
        some = list(texts[start : start + AT_ONCE])
        found = model.predict({"query": some[0], "texts": some, "top_k": len(some), "vectors": True})
        rows = dict(zip((one.index for one in found.results), found.vectors.texts, strict=True))
        yield np.array([rows[place] for place in range(len(some))], dtype=np.float32)


def normalised(rows: Vectors) -> Vectors:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
