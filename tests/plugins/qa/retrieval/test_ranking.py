"""Texts ranked for one request, and all texts of the data for each of its queries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trunkline_qa.retrieval import ranking
from trunkline_qa.retrieval.examples import RetrievalExample
from trunkline_qa.retrieval.messages import RetrievalRequest, RetrievalResponse
from trunkline_qa.retrieval.task import RetrievalTask

TASK = RetrievalTask()
VECTORS = {  # in the plane, by the angle in degrees
    "q": 0, "other": 90, "near": 10, "nearer": 5, "far": 80, "across": 180,
}  # fmt: skip


def vector(name: str) -> Any:
    angle = np.radians(VECTORS[name])
    return np.array([np.cos(angle), np.sin(angle)], np.float32)


def answered(example: RetrievalExample) -> RetrievalResponse:
    return TASK.respond(TASK.request(example), [vector(example.query), vector(example.text)])


def pooled(*rows: tuple[str, str, bool]) -> tuple[list[Any], list[RetrievalExample]]:
    examples = [RetrievalExample(query=query, text=text, clicked=clicked) for query, text, clicked in rows]
    return list(TASK.compared([answered(one) for one in examples], examples)), examples


def test_vectors_have_length_one_whatever_the_head_gave() -> None:
    said = [{"vector": np.array(values, np.float32)} for values in ([3, 4], [0, -2], [0, 0])]
    found = TASK.decode_all(said, [None] * 3, {})  # type: ignore[list-item]
    np.testing.assert_allclose(found, [[0.6, 0.8], [0, -1], [0, 0]], rtol=1e-6)
    assert {(one.dtype, one.shape) for one in found} == {(np.dtype(np.float32), (2,))}
    np.testing.assert_array_equal(TASK.decode(said[0], None, {}), found[0])  # type: ignore[arg-type]


def test_the_best_of_a_request_first_and_the_first_of_equals() -> None:
    texts = ["far", "near", "nearer", "near", "across"]
    request = RetrievalRequest(query="q", texts=texts, top_k=4)
    found = TASK.respond(request, [vector("q"), *map(vector, texts)])
    assert [(one.index, one.text) for one in found.results] == [(2, "nearer"), (1, "near"), (3, "near"), (0, "far")]
    assert found.results[0].score == pytest.approx(np.cos(np.radians(5)))
    assert found.vectors is None


def test_vectors_where_they_are_asked_for() -> None:
    request = RetrievalRequest(query="q", texts=["far", "near"], vectors=True)
    found = TASK.respond(request, [vector(name) for name in ("q", "far", "near")])
    assert found.vectors is not None
    np.testing.assert_array_equal(found.vectors.texts, [vector("near"), vector("far")])
    again = RetrievalResponse.model_validate_json(found.model_dump_json())
    assert again == found
    products = np.asarray(again.vectors.texts) @ np.asarray(again.vectors.query)
    np.testing.assert_allclose(products, [one.score for one in found.results], rtol=1e-6)


def test_each_query_is_asked_over_all_texts() -> None:
    found, examples = pooled(("q", "near", True), ("other", "far", True), ("q", "nearer", False), ("q", "far", True))
    assert [one.ranks for one in found] == [(2, 3), (1,), (2, 3), (2, 3)]
    assert [one.results[0].text for one in found] == ["nearer", "far", "nearer", "nearer"]
    assert {one.pool for one in found} == {3}
    assert TASK.score(found, examples)["mrr"] == pytest.approx((1 / 2 + 1) / 2)
    assert [TASK.correct(*row) for row in zip(found, examples, strict=True)] == [False, True, True, False]
    assert TASK.report(found, examples) == {"queries": 2, "texts": 3, "median_rank": 1.5}


def test_a_query_whose_texts_were_never_clicked_is_not_measured() -> None:
    found, examples = pooled(("q", "near", True), ("other", "far", False))
    assert [one.ranks for one in found] == [(1,), ()]
    assert TASK.score(found, examples)["recall@1"] == 1


def test_many_queries_are_ranked_as_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(query, text, True) for query in VECTORS for text in ("near", "far")]
    whole, _ = pooled(*rows)
    monkeypatch.setattr(ranking, "QUERIES_AT_ONCE", 2)
    assert [one.ranks for one in pooled(*rows)[0]] == [one.ranks for one in whole]
