"""The decoder behind numpy's arrays against the same in torch."""

from __future__ import annotations

import numpy as np
import torch

from trunkline_translation.decoders.decoder import Decoder
from trunkline_translation.decoders.stepper import Stepper


def test_arrays_in_and_out(decoder: Decoder) -> None:
    generator = np.random.default_rng(0)
    memories = [generator.standard_normal((length, 16), dtype=np.float32) for length in (5, 2)]
    memories[1].setflags(write=False)
    stepper = Stepper(decoder.float().prepare())
    cache = stepper.start(memories)
    ids = np.array([[7, 8], [9, 10]])
    logits = np.stack([stepper.step(column, cache) for column in ids.T], axis=1)
    assert logits.dtype == np.float32
    for row, memory in enumerate(memories):
        alone = decoder.teach(
            torch.tensor(memory[None]), torch.ones(1, len(memory)).bool(), torch.tensor(ids[row : row + 1])
        )
        np.testing.assert_allclose(logits[row], alone[0].detach().numpy(), atol=1e-4)
    logits += 1  # a search may write into what it is given
