"""What passes cost: the fit against figures that it must find again."""

from __future__ import annotations

import pytest

from trunkline import TrunkInfo
from trunkline.backends.torch_backend import TorchBackend
from trunkline.serving.costs import SHAPES, fit, measure


def test_the_fit_finds_what_the_times_were_made_of() -> None:
    times = [1.5 + 0.03 * rows * length for rows, length in SHAPES]
    found = fit(SHAPES, times, layers=6)
    assert found.call == pytest.approx(1.5)
    assert found.token == pytest.approx(0.005)


@pytest.mark.parametrize("times", [[5.0, 1.0, 0.9, 0.8], [1.0, 4.0, 16.0, 64.0], [1.0, 1.0, 1.0, 1.0]])
def test_whatever_a_busy_machine_says_neither_calls_nor_tokens_come_out_free(times) -> None:
    found = fit(SHAPES, times, layers=3)
    assert found.token > 0
    assert found.call >= 16 * 3 * found.token * 0.999


def test_a_real_stem_is_timed(tiny_trunk) -> None:
    info = TrunkInfo(
        id="t", name="tiny", family="bert", n_layers=3, width=32, max_length=64, config={}, layer_hashes=()
    )
    found = measure(TorchBackend().load_stem(tiny_trunk, info), 3)
    call, token = found.of_passes(pieces=2, layers=4)
    assert call > 0
    assert 0 < token < call
