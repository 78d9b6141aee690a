"""A prompt that contradicts itself is refused, and its message names the value."""

from __future__ import annotations

from typing import Any

import pytest
from chance import prompt

from trunkline import InvalidInput
from trunkline_translation.search import Sampling

BAD: list[tuple[dict[str, Any], str]] = [
    ({"start": ()}, "no start token"),
    ({"beams": 0}, "beams is 0; it must be at least 1"),
    ({"alternatives": 0}, "alternatives is 0"),
    ({"max_length": 1}, "max_length is 1; it must be at least 2"),
    ({"max_length": 3, "prefix": (4, 5)}, "max_length is 3; it must be at least 4"),
    ({"min_length": -1}, "min_length is -1"),
    ({"no_repeat_ngram_size": -2}, "no_repeat_ngram_size is -2"),
    ({"repetition_penalty": 0.0}, "repetition_penalty is 0.0"),
    ({"length_penalty": float("nan")}, "length_penalty is nan"),
    ({"beams": 2, "sampling": Sampling()}, "does not go with 2 beams"),
    ({"phrases": (((4,),),), "sampling": Sampling()}, "forced phrases"),
    ({"phrases": ((),)}, "no tokens"),
    ({"phrases": (((),),)}, "no tokens"),
    ({"phrases": (((4, 0),),)}, "the end token 0"),
    ({"banned": ((),)}, "no tokens"),
]


@pytest.mark.parametrize(("settings", "message"), BAD, ids=str)
def test_contradictions_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        prompt(**settings)


@pytest.mark.parametrize(
    "settings", [{"temperature": 0.0}, {"top_k": -1}, {"top_p": 0.0}, {"top_p": 1.1}, {"seed": -1}]
)
def test_bad_sampling_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(settings))):
        Sampling(**settings)


def test_beams_are_as_many_as_alternatives_and_phrases_need() -> None:
    assert prompt(alternatives=3).width == 3
    assert prompt(beams=6, alternatives=3).width == 6
    assert prompt(phrases=(((4,),),)).width == 4
    assert prompt(phrases=(((4, 5, 6), (4, 5)), ((7, 8, 9),))).width == 6
    assert prompt(phrases=((tuple(range(1, 30)),),)).width == 10
