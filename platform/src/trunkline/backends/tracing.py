"""PyTorch modules as an engine's converter sees them: examples to trace, and what must hold while it traces.

Needs torch and transformers; what runs the graphs needs neither. Numerically safe in half precision, too: no query
of ours sees nothing, so no row of scores is minus infinity throughout.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from threading import Lock

import torch
from torch import Tensor, nn

from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder

ROWS, LENGTH = 2, 7  # of the example that is traced; no graph depends on them
TRACING = Lock()  # torch's tracer keeps one state for all threads


class TracedBranch(nn.Module):
    """A branch whose mask comes first, and each state that it reads as an argument of its own."""

    def __init__(self, branch: BranchModule) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, mask: Tensor, *states: Tensor) -> dict[str, Tensor]:
        return self.branch(states, mask)  # type: ignore[no-any-return]


def example_tokens(encoder: Encoder) -> tuple[Tensor, Tensor, Tensor]:
    """Make ids, type ids (ROWS, LENGTH) int64 and their mask."""
    ids = torch.arange(ROWS * LENGTH).view(ROWS, LENGTH) % encoder.family.model.config.vocab_size
    return ids, torch.zeros_like(ids), example_mask()


def example_mask() -> Tensor:
    """Make a mask (ROWS, LENGTH) bool with some padding in it."""
    mask = torch.ones(ROWS, LENGTH, dtype=torch.bool)
    mask[0, -2:] = False
    return mask


def example_states(encoder: Encoder) -> Tensor:
    """Make states (ROWS, LENGTH, width)."""
    return torch.linspace(-1, 1, ROWS * LENGTH * encoder.width).view(ROWS, LENGTH, -1)


@contextlib.contextmanager
def tracing(encoder: Encoder) -> Iterator[None]:
    """Trace alone, quietly, without gradients, with an attention that any shape may go through."""
    with traced(), _plain_attention(encoder):
        yield


@contextlib.contextmanager
def traced() -> Iterator[None]:
    """Trace alone, quietly and without gradients what is no encoder."""
    with TRACING, _quiet(), torch.no_grad():
        yield


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Tracing warns of every Python number, and transformers of what the tracer looks at."""
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(before)


@contextlib.contextmanager
def _plain_attention(encoder: Encoder) -> Iterator[None]:
    """Trace torch's fused attention: ours pads by a number that would be written into the graph."""
    config = encoder.family.model.config
    before = config._attn_implementation
    if encoder.family.attends:
        config._attn_implementation = "sdpa"
    try:
        yield
    finally:
        config._attn_implementation = before
