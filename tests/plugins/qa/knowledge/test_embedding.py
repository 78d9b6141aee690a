"""Vectors are the states' means, or the tuned version's, at length 1."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from trunkline import EncoderInput, InvalidInput, NotFound, TrunklineError
from trunkline.serving.engine import Engine
from trunkline_qa.knowledge.embedding import embedded, vector_model
from trunkline_qa.knowledge.preferences import Preferences
from trunkline_qa.knowledge.records import Passage

TEXTS = ["ada met charles", "", "where is my order? " * 40]


def test_a_trunks_vectors_are_means_of_its_last_states(engine: Engine) -> None:
    by = vector_model(Preferences(), engine)
    info = engine.trunk_info(None)
    assert (by.trunk, by.model, by.layer) == (info.id, None, info.n_layers)
    found = asyncio.run(embedded(TEXTS, by, engine))
    states = asyncio.run(engine.hidden_states(None, [EncoderInput(text) for text in TEXTS], [info.n_layers]))
    for row, [one] in zip(found, states, strict=True):
        assert row == pytest.approx(one.mean / np.linalg.norm(one.mean), abs=1e-6)


def test_a_tuned_version_is_pinned(tuned: Any) -> None:
    tuned.number = 3
    by = vector_model(Preferences(model="words", passage_prefix="p: "), tuned)
    assert by.model == "retrieval/words@3"
    assert str(by) == "retrieval/words@3"
    rows = asyncio.run(embedded(["a b b", ""], by, tuned))
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0])  # of nothing there is no direction


def test_prefixes_and_titles_are_read(tuned: Any) -> None:
    by = vector_model(Preferences(query_prefix="q: ", passage_prefix="p: "), tuned)
    passage = Passage(1, "d", "document", 0, 4, "text", None, None)
    assert by.question("text") == "q: text"
    assert by.passage(passage) == "p: text"
    assert by.passage(Passage(1, "d", "document", 0, 4, "text", "Title", None)) == "p: Title\ntext"
    assert by.passage(Passage(1, "d", "faq", 0, 4, "text", "Title", "answer")) == "q: text"


def test_what_is_not_there_is_told(tuned: Any) -> None:
    with pytest.raises(NotFound):
        vector_model(Preferences(trunk="another"), tuned)
    with pytest.raises(NotFound):
        vector_model(Preferences(model="words@9"), tuned)


def test_numbers_that_are_not_finite_are_refused(tuned: Any) -> None:
    class Broken(type(tuned)):  # type: ignore[misc]
        async def predict(self, task: str, model: Any, inputs: Any) -> Any:
            answer = await super().predict(task, model, inputs)
            answer.predictions[0][0] = np.nan
            return answer

    broken = Broken(tuned.engine)
    with pytest.raises(TrunklineError, match="not finite"):
        asyncio.run(embedded(["a"], vector_model(Preferences(model="words"), broken), broken))


def test_a_text_too_long_is_refused_as_elsewhere(engine: Engine) -> None:
    with pytest.raises(InvalidInput, match="limit"):
        asyncio.run(embedded(["a" * 1_000_001], vector_model(Preferences(), engine), engine))
