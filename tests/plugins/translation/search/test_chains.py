"""Greedy search is transformers'; a sample depends on its seed alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tiny_generators import KINDS, SOURCES, START, VOCABULARY, generator, ours, prompt

from trunkline_translation.search import Sampling, decode_all

SETTINGS: list[dict[str, Any]] = [
    {},
    {"no_repeat_ngram_size": 1},
    {"no_repeat_ngram_size": 2},
    {"no_repeat_ngram_size": 3},
    {"min_length": 9},
    {"max_length": 6},
    {"max_length": 2},
    {"forced_bos_token_id": 7},
    {"forced_bos_token_id": 7, "forced_eos_token_id": 3, "max_length": 8},
    {"bad_words_ids": [[18], [39], [59, 33], [50, 42, 50], [3]]},
    {"repetition_penalty": 1.4},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("name", sorted(KINDS))
def test_writes_what_transformers_writes(name: str, settings: dict[str, Any]) -> None:
    model = generator(name)
    expected = model.generate(num_beams=1, **settings)
    asked = prompt(**ours({"num_beams": 1} | settings))
    found = decode_all(model, VOCABULARY, [(memory, asked) for memory in model.memories], rows=2)
    assert [[one.ids for one in each.hypotheses] for each in found] == [[one.ids for one in each] for each in expected]


def test_the_log_probability_is_that_of_the_tokens() -> None:
    model = generator("t5")
    for memory in model.memories:
        best = decode_all(model, VOCABULARY, [(memory, prompt(no_repeat_ngram_size=2))])[0].best
        rows, total = model.start([memory]), 0.0
        before = START
        for token in (*best.ids, *([3] if best.finished else [])):
            logits = model.step(np.array([before]), rows)[0].astype(np.float64)
            total += logits[token] - np.log(np.exp(logits).sum())
            before = token
        assert best.log_probability == pytest.approx(total, abs=1e-5)


def test_a_greedy_search_may_leave_log_probabilities_out() -> None:
    model = generator("t5")
    for memory in model.memories:
        scored = decode_all(model, VOCABULARY, [(memory, prompt())])[0].best
        bare = decode_all(model, VOCABULARY, [(memory, prompt(scored=False))])[0].best
        assert bare.ids == scored.ids
        assert np.isnan([bare.score, bare.log_probability]).all()


def test_a_sample_depends_on_its_seed_alone() -> None:
    model = generator("m2m100")
    asked = [prompt(sampling=Sampling(seed=seed, top_p=0.95), alternatives=3) for seed in range(len(SOURCES))]
    jobs = list(zip(model.memories, asked, strict=True))
    together = decode_all(model, VOCABULARY, jobs)
    crowded = decode_all(model, VOCABULARY, jobs, rows=4)
    alone = [decode_all(model, VOCABULARY, [job])[0] for job in jobs]
    for one, other, third in zip(together, crowded, alone, strict=True):
        assert [each.ids for each in one.hypotheses] == [each.ids for each in other.hypotheses]
        assert [each.ids for each in one.hypotheses] == [each.ids for each in third.hypotheses]
    assert len({each.ids for one in together for each in one.hypotheses}) > len(SOURCES)


def test_more_samples_begin_with_the_same_ones() -> None:
    model = generator("t5")
    few, many = (
        decode_all(model, VOCABULARY, [(model.memories[0], prompt(sampling=Sampling(seed=4), alternatives=most))])[0]
        for most in (2, 5)
    )
    assert {one.ids for one in few.hypotheses} <= {one.ids for one in many.hypotheses}
    assert [one.score for one in many.hypotheses] == sorted((one.score for one in many.hypotheses), reverse=True)


def test_a_cold_sample_is_greedy() -> None:
    model = generator("marian")
    cold = prompt(sampling=Sampling(temperature=1e-4, seed=9))
    found = decode_all(model, VOCABULARY, [(memory, cold) for memory in model.memories])
    greedy = decode_all(model, VOCABULARY, [(memory, prompt()) for memory in model.memories])
    assert [one.best.ids for one in found] == [one.best.ids for one in greedy]


def test_where_everything_is_banned_the_text_is_cut() -> None:
    model = generator("t5")
    nothing = tuple(token for token in range(VOCABULARY) if token != 3)
    for settings in ({}, {"sampling": Sampling()}, {"beams": 3}):
        asked = prompt(suppressed=nothing, min_length=5, **settings)
        best = decode_all(model, VOCABULARY, [(model.memories[0], asked)])[0].best
        assert (best.ids, best.finished, best.score) == ((), False, 0.0)
