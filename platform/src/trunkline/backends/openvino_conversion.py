"""From PyTorch modules to OpenVINO's graphs: a stem that shows every layer's state, a branch with its head.

Needs torch and transformers; what runs the graphs needs neither. Numerically safe in half precision, too: no query
of ours sees nothing, so no row of scores is minus infinity throughout.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from threading import Lock

import torch
from torch import Tensor, nn

from trunkline.backends.openvino_core import FINAL, ov, state
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder

ROWS, LENGTH = 2, 7  # of the example that is traced; no graph depends on them
TRACING = Lock()  # torch's tracer keeps one state for all threads


class _Stem(nn.Module):
    """Every state on the way, and the last one as its reader sees it."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: Tensor, type_ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        hidden = self.encoder.embed(ids, type_ids, mask)
        states = {state(0): hidden}
        for layer in range(self.encoder.n_layers):
            hidden = self.encoder.advance(hidden, mask, layer, layer + 1)
            states[state(layer + 1)] = hidden
        if self.encoder.family.final_norm is not None:
            states[FINAL] = self.encoder.finish(hidden)
        return states


class _Branch(nn.Module):
    def __init__(self, branch: BranchModule) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, mask: Tensor, *states: Tensor) -> dict[str, Tensor]:
        return self.branch(states, mask)  # type: ignore[no-any-return]


def stem_graph(encoder: Encoder) -> ov.Model:
    """Convert an encoder: ids, type_ids (B, T) int64 and mask (B, T) bool -> state_0 to state_n, and final."""
    ids = torch.arange(ROWS * LENGTH).view(ROWS, LENGTH) % encoder.family.model.config.vocab_size
    return _converted(_Stem(encoder), (ids, torch.zeros_like(ids), _mask()), ("ids", "type_ids", "mask"), encoder)


def branch_graph(branch: BranchModule, encoder: Encoder) -> ov.Model:
    """Convert a branch: mask (B, T) bool and the states that it reads (B, T, width) -> its head's outputs."""
    states = [torch.linspace(-1, 1, ROWS * LENGTH * encoder.width).view(ROWS, LENGTH, -1) for _ in branch.reads]
    names = ("mask", *(state(layer) for layer in branch.reads))
    return _converted(_Branch(branch), (_mask(), *states), names, encoder)


def _mask() -> Tensor:
    mask = torch.ones(ROWS, LENGTH, dtype=torch.bool)
    mask[0, -2:] = False
    return mask


def _converted(module: nn.Module, example: Sequence[Tensor], names: Sequence[str], encoder: Encoder) -> ov.Model:
    with TRACING, _plain_attention(encoder), _quiet(), torch.no_grad():
        model = ov.convert_model(module.eval(), example_input=tuple(example))
    for port, name in zip(model.inputs, names, strict=True):
        port.get_tensor().set_names({name})
        port.get_node().set_friendly_name(name)
    return model


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
