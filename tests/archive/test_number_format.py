"""Narrowed numbers are those that torch makes."""

from __future__ import annotations

import numpy as np
import pytest

from trunkline import InvalidInput
from trunkline.archive.number_format import FORMATS, format_named, from_bf16, kept, to_bf16


def hard_numbers() -> np.ndarray:
    """Random bit patterns, and each pattern of lower halves that is near a tie."""
    bits = np.random.default_rng(0).integers(0, 2**32, 20_000, dtype=np.uint64).astype(np.uint32)
    ties = np.array([upper << 16 | lower for upper in range(0x3F70, 0x3F90) for lower in (0x7FFF, 0x8000, 0x8001)])
    values = np.concatenate([bits, ties.astype(np.uint32)]).view(np.float32)
    return values[np.isfinite(values)]


def test_bf16_rounds_as_torch_does() -> None:
    import torch

    values = hard_numbers()
    expected = torch.from_numpy(values).to(torch.bfloat16).float().numpy()
    np.testing.assert_array_equal(from_bf16(to_bf16(values)), expected)


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_kept_once_is_kept_the_same_again(name: str) -> None:
    number_format = format_named(name)
    values = np.random.default_rng(1).normal(size=(7, 5)).astype(np.float32)
    once = kept(values, number_format)
    assert once.dtype == number_format.stored
    assert once.itemsize == number_format.bytes
    np.testing.assert_array_equal(kept(number_format.widen(once), number_format), once)


def test_numbers_that_cannot_be_kept_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"1e\+06 cannot be kept in fp16"):
        kept(np.array([1.0, 1e6], np.float32), format_named("fp16"))
    with pytest.raises(InvalidInput, match="cannot be kept in fp32"):
        kept(np.array([np.nan], np.float32), format_named("fp32"))
    with pytest.raises(InvalidInput, match="'int8' is none of them"):
        format_named("int8")
