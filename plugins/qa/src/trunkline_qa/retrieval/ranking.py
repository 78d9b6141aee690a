"""Texts ranked for a query: those of one request, or all of the data that a version is measured on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from trunkline_qa.retrieval import metrics
from trunkline_qa.retrieval.examples import RetrievalExample
from trunkline_qa.retrieval.messages import PooledResponse, RankedText, RetrievalRequest, RetrievalResponse, Vectors
from trunkline_qa.retrieval.vector import packed, unpacked

Floats = NDArray[np.float32]
QUERIES_AT_ONCE = 256
"""Their scores against all texts are in memory together: 100 MB for 100,000 texts."""


def normalised(vectors: Floats) -> Floats:
    """Give vectors (n, d) the length 1; one of nothing but zeros stays what it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float32)


def ranked(request: RetrievalRequest, query: Floats, vectors: Sequence[Floats]) -> RetrievalResponse:
    """Rank the request's texts by their vectors, the first of equals first."""
    texts = request.texts or []
    scores = np.stack(vectors) @ query
    best = np.argsort(-scores, kind="stable")[: request.top_k].tolist()
    results = [RankedText(index=place, text=texts[place], score=_cosine(scores[place])) for place in best]
    asked = Vectors(query=packed(query), texts=[packed(vectors[place]) for place in best]) if request.vectors else None
    return RetrievalResponse(results=results, vectors=asked)


def pooled(responses: Sequence[RetrievalResponse], examples: Sequence[RetrievalExample]) -> list[PooledResponse]:
    """Rank all texts of `examples` for each of their queries, from responses that hold the vectors of both.

    Rows of one query share one answer.
    """
    texts, queries = _first(one.text for one in examples), _first(one.query for one in examples)
    given = [_vectors(response) for response in responses]
    pool = np.stack([unpacked(given[row].texts[0]) for row in texts.values()])
    asked = np.stack([unpacked(given[row].query) for row in queries.values()])
    names, right = list(texts), _right(examples, texts)
    rows = Counter(example.query for example in examples)
    found: dict[str, PooledResponse] = {}
    for query, scores in zip(queries, _scores(asked, pool), strict=True):
        best = int(scores.argmax())
        found[query] = PooledResponse(
            model=responses[queries[query]].model,
            results=[RankedText(index=best, text=names[best], score=_cosine(scores[best]))],
            ranks=metrics.ranks(scores, right[query]),
            pool=len(names),
            share=1 / rows[query],
        )
    return [found[example.query] for example in examples]


def _vectors(response: RetrievalResponse) -> Vectors:
    assert response.vectors is not None  # the task asks its examples with `vectors`
    return response.vectors


def _right(examples: Sequence[RetrievalExample], texts: Iterable[str]) -> Mapping[str, list[int]]:
    """Give the numbers of each query's right texts, as `texts` orders them."""
    numbers = {text: number for number, text in enumerate(texts)}
    right: dict[str, set[int]] = defaultdict(set)
    for example in examples:
        right[example.query] |= {numbers[example.text]} if example.right else set()
    return {query: sorted(places) for query, places in right.items()}


def _first(values: Iterable[str]) -> dict[str, int]:
    """Give the distinct values in their order, each with the row where it comes first."""
    rows: dict[str, int] = {}
    for row, value in enumerate(values):
        rows.setdefault(value, row)
    return rows


def _scores(queries: Floats, texts: Floats) -> Iterator[Floats]:
    """Give the scores of all texts for each query, (texts,)."""
    for start in range(0, len(queries), QUERIES_AT_ONCE):
        yield from queries[start : start + QUERIES_AT_ONCE] @ texts.T


def _cosine(score: np.float32) -> float:
    """Take off what rounding adds beyond 1."""
    return float(np.clip(score, -1.0, 1.0))
