"""From PyTorch modules to OpenVINO's graphs: a stem that shows every layer's state, a branch with its head."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from trunkline.backends.naming import FINAL, state
from trunkline.backends.openvino_core import ov
from trunkline.backends.tracing import TracedBranch, example_mask, example_states, example_tokens, tracing
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder


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


def stem_graph(encoder: Encoder) -> ov.Model:
    """Convert an encoder: ids, type_ids (B, T) int64 and mask (B, T) bool -> state_0 to state_n, and final."""
    return _converted(_Stem(encoder), example_tokens(encoder), ("ids", "type_ids", "mask"), encoder)


def branch_graph(branch: BranchModule, encoder: Encoder) -> ov.Model:
    """Convert a branch: mask (B, T) bool and the states that it reads (B, T, width) -> its head's outputs."""
    states = [example_states(encoder) for _ in branch.reads]
    names = ("mask", *(state(layer) for layer in branch.reads))
    return _converted(TracedBranch(branch), (example_mask(), *states), names, encoder)


def _converted(module: nn.Module, example: Sequence[Tensor], names: Sequence[str], encoder: Encoder) -> ov.Model:
    with tracing(encoder):
        outputs = set(module.eval()(*example))
        model = ov.convert_model(module, example_input=tuple(example))
    for port in model.outputs:  # the tracer's own names of the same tensor stand beside ours
        port.get_tensor().set_names(port.get_names() & outputs)
    for port, name in zip(model.inputs, names, strict=True):
        port.get_tensor().set_names({name})
        port.get_node().set_friendly_name(name)
    return model
