"""Hypotheses are told without what surrounds them."""

from __future__ import annotations

import pytest
from chance import prompt

from trunkline_translation.search.result import hypothesis


def test_start_and_end_are_left_out_and_the_prefix_stays() -> None:
    told = hypothesis(prompt(prefix=(7,), length_penalty=2.0), (1, 7, 4, 5, 0), -8.0)
    assert (told.ids, told.finished, told.log_probability) == ((7, 4, 5), True, -8.0)
    assert told.score == pytest.approx(-8.0 / 4**2)


def test_what_was_cut_keeps_its_last_token() -> None:
    told = hypothesis(prompt(), (1, 4, 5), -8.0)
    assert (told.ids, told.finished, told.score) == ((4, 5), False, -4.0)


def test_a_prefix_that_closes_with_the_end_token_is_no_end() -> None:
    told = hypothesis(prompt(prefix=(0,)), (1, 0), 0.0)
    assert (told.ids, told.finished, told.score) == ((0,), False, 0.0)
