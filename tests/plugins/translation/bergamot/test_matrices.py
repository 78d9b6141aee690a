from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from marian_files import INTGEMM8, INTGEMM16, float_item, quantised_item
from trunkline import InvalidInput
from trunkline_translation.bergamot.matrices import Item

PATH = Path("model.bin")


def item(written: tuple[str, int, tuple[int, ...], bytes]) -> Item:
    name, kind, shape, data = written
    return Item(name, kind, tuple(shape), memoryview(data))


@pytest.mark.parametrize("kind", [INTGEMM8, INTGEMM16])
@pytest.mark.parametrize("name", ["encoder_l1_self_Wq", "Wemb", "decoder_Wemb"])
def test_quantised_matrices_come_back_within_half_a_step(name: str, kind: int) -> None:
    values = np.random.default_rng(0).normal(size=(6, 10)).astype(np.float32)
    written, exact = quantised_item(name, values, kind)
    found = item(written).values(PATH)
    np.testing.assert_array_equal(found, exact)
    assert np.abs(found - values).max() <= 0.5 * (np.abs(values).max() / 127 if kind == INTGEMM8 else 1 / 1024) * 1.001


@pytest.mark.parametrize("multiplier", [0.0, -1.0, float("nan"), float("inf"), 1e-45])
def test_a_multiplier_that_gives_no_numbers_is_told(multiplier: float) -> None:
    data = bytes([1] * 4) + struct.pack("<f", multiplier)
    with pytest.raises(InvalidInput, match=r"multiplier|not finite"):
        Item("a_W", INTGEMM8, (2, 2), memoryview(data)).values(PATH)


def test_values_that_are_not_finite_are_told() -> None:
    with pytest.raises(InvalidInput, match="a holds values that are not finite"):
        item(float_item("a", np.array([[1.0, np.nan]]))).values(PATH)


def test_too_few_bytes_are_told() -> None:
    with pytest.raises(InvalidInput, match="needs 8 bytes and has 7"):
        Item("a_W", INTGEMM8, (2, 2), memoryview(bytes(7))).values(PATH)


@pytest.mark.parametrize("kind", [0x0402, 0x0408, 0x0801, 0x1101, 2**64 - 1])
def test_types_that_are_not_read_are_named(kind: int) -> None:
    with pytest.raises(InvalidInput, match=f"type {kind:#06x}"):
        Item("a_W", kind, (1, 1), memoryview(bytes(256))).values(PATH)
