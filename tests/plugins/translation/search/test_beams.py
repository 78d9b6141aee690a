"""Beam search writes what transformers' `generate` writes, token for token, with the same scores."""

from __future__ import annotations

from typing import Any

import pytest
from tiny_generators import KINDS, SOURCES, VOCABULARY, generator, ours, prompt

from trunkline_translation.search import decode_all

SETTINGS: list[dict[str, Any]] = [
    {},
    {"num_beams": 2, "num_return_sequences": 2},
    {"num_beams": 7, "num_return_sequences": 7},
    {"length_penalty": 0.6},
    {"length_penalty": 2.0},
    {"length_penalty": 0.0, "early_stopping": "never"},
    {"length_penalty": -1.0},
    {"length_penalty": 2.0, "early_stopping": "never"},
    {"early_stopping": True},
    {"early_stopping": True, "length_penalty": 0.6, "num_return_sequences": 4},
    {"no_repeat_ngram_size": 1},
    {"no_repeat_ngram_size": 2},
    {"no_repeat_ngram_size": 3, "length_penalty": 0.6},
    {"min_length": 9, "no_repeat_ngram_size": 2},
    {"max_length": 6},
    {"max_length": 2},
    {"forced_bos_token_id": 7},
    {"forced_bos_token_id": 7, "forced_eos_token_id": 3, "max_length": 8, "num_return_sequences": 3},
    {"forced_eos_token_id": 3, "max_length": 5},
    {"bad_words_ids": [[18], [39], [59, 33], [50, 42, 50], [3]]},
    {"repetition_penalty": 1.4},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("name", sorted(KINDS))
def test_writes_what_transformers_writes(name: str, settings: dict[str, Any]) -> None:
    model = generator(name)
    expected = model.generate(**{"num_beams": 4} | settings)
    asked = prompt(**ours(settings))
    jobs = [(memory, asked) for memory in model.memories]
    found = decode_all(model, VOCABULARY, jobs, rows=asked.width * 3)  # half of them wait and join later
    for results, theirs in zip(found, expected, strict=True):
        assert [one.ids for one in results.hypotheses] == [one.ids for one in theirs]
        assert [one.score for one in results.hypotheses] == pytest.approx(
            [one.score for one in theirs], rel=1e-6, abs=1e-5
        )


@pytest.mark.parametrize("name", sorted(KINDS))
def test_what_is_compared_varies(name: str) -> None:
    """Models that always end at once, or never, would prove nothing."""
    found = [one for each in generator(name).generate(num_beams=4) for one in each]
    assert len({len(one.ids) for one in found}) > len(SOURCES) // 2
    assert len({token for one in found for token in one.ids}) > len(SOURCES)


def test_scores_add_up() -> None:
    model = generator("m2m100")
    for memory in model.memories:
        asked = prompt(beams=4, alternatives=4, length_penalty=0.6)
        for one in decode_all(model, VOCABULARY, [(memory, asked)])[0].hypotheses:
            length = len(one.ids) + one.finished
            assert one.score == pytest.approx(one.log_probability / length**0.6)
            assert one.finished or length == 19
