"""The texts that a piece is quantized on."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from trunkline import EncoderInput, InvalidInput
from trunkline.backends.calibration import FEWEST, MOST, Calibration
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.trunk.windows import cut

INPUTS = [EncoderInput(f"order {n}", "late" if n % 2 else None) for n in range(2 * MOST)]


def test_a_sample_is_the_same_of_the_same_and_holds_no_input_twice() -> None:
    drawn = Calibration.sample(INPUTS, "rows")
    assert drawn == Calibration.sample([*INPUTS, *INPUTS], "rows")
    assert len(set(drawn.inputs)) == MOST
    assert set(drawn.inputs) < set(INPUTS)
    few = INPUTS[:FEWEST]
    assert Calibration.sample([*few, *few], "rows").inputs == tuple(few)


def test_too_few_texts_are_refused_with_their_number() -> None:
    few = INPUTS[: FEWEST - 1]
    with pytest.raises(
        InvalidInput, match=r"rows: calibration data too small: 31 different texts, .* takes 32 at least"
    ):
        Calibration.sample([*few, *few], "rows")


def test_what_is_recorded_tells_one_set_of_texts_from_another() -> None:
    facts = Calibration.sample(INPUTS[:40], "rows").facts()
    assert (facts["texts"], len(facts["fingerprint"])) == (40, 64)
    joined = [EncoderInput(f"{one.text} {one.pair}" if one.pair else one.text) for one in INPUTS[:40]]
    others = (INPUTS[1:41], joined, random.Random(0).sample(INPUTS[:40], 40))
    assert all(Calibration.sample(other, "rows").facts()["fingerprint"] != facts["fingerprint"] for other in others)


def test_batches_are_first_windows_without_padding(tiny_trunk: Path) -> None:
    long = EncoderInput(" ".join(["london"] * 300))
    inputs = (EncoderInput(""), EncoderInput("my order", "is late"), long)
    tokenizer = Tokenizer.from_folder(tiny_trunk)
    for source, batch in zip(inputs, Calibration(inputs).batches(tiny_trunk), strict=True):
        window = cut(tokenizer.encode([source])[0], tokenizer)[0]
        np.testing.assert_array_equal(batch.ids, [window.ids])
        np.testing.assert_array_equal(batch.type_ids, [window.type_ids])
        assert batch.mask.all()
        assert batch.ids.shape[1] <= 64
