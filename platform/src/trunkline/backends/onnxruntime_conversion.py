"""From PyTorch modules to ONNX files: one for the embeddings, one a layer, one for the final norm, one a branch.

A file a layer lets a pass stop and go on at any layer while each weight is on disk and in memory once; a call of a
layer costs some tens of microseconds more than its share of a whole graph. Needs torch, transformers and onnx.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.quant_utils import add_pre_process_metadata
from torch import Tensor, nn

from trunkline.backends.naming import FINAL, HIDDEN, state
from trunkline.backends.onnxruntime_session import graph
from trunkline.backends.tracing import TracedBranch, example_mask, example_states, example_tokens, tracing
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder

OPSET = 17
"""The first with layer normalisation, and old enough for every ONNX Runtime that the extra allows."""


class _Embeddings(nn.Module):
    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: Tensor, type_ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        return {HIDDEN: self.encoder.embed(ids, type_ids, mask)}


class _Layer(nn.Module):
    def __init__(self, encoder: Encoder, index: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.index = index

    def forward(self, mask: Tensor, hidden: Tensor) -> dict[str, Tensor]:
        return {"next": self.encoder.advance(hidden, mask, self.index, self.index + 1)}


class _Final(nn.Module):
    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, hidden: Tensor) -> dict[str, Tensor]:
        return {FINAL: self.encoder.finish(hidden)}


def write_stem(encoder: Encoder, folder: Path, precision: str) -> None:
    """Write the pieces: state_0.onnx (from the tokens), state_k.onnx (from the states at k - 1), and final.onnx."""
    hidden, mask, tokens = example_states(encoder), example_mask(), example_tokens(encoder)
    with tracing(encoder):
        _write(_Embeddings(encoder), tokens, ("ids", "type_ids", "mask"), folder / graph(state(0)), precision)
        for index in range(encoder.n_layers):
            file = folder / graph(state(index + 1))
            _write(_Layer(encoder, index), (mask, hidden), ("mask", HIDDEN), file, precision)
        if encoder.family.final_norm is not None:
            _write(_Final(encoder), (hidden,), (HIDDEN,), folder / graph(FINAL), precision)


def write_branch(branch: BranchModule, encoder: Encoder, folder: Path, precision: str) -> None:
    """Write a branch as branch.onnx: the mask and the states that it reads -> its head's outputs."""
    example = (example_mask(), *(example_states(encoder) for _ in branch.reads))
    names = ("mask", *(state(layer) for layer in branch.reads))
    with tracing(encoder):
        _write(TracedBranch(branch), example, names, folder / graph("branch"), precision)


def _write(module: nn.Module, example: tuple[Tensor, ...], names: Sequence[str], file: Path, precision: str) -> None:
    """Export by tracing: torch's newer exporter gives the same numbers and takes ten times as long a layer."""
    outputs = module.eval()(*example)
    axes = {name: {0: "rows", 1: "length"} for name in names}
    axes |= {name: {0: "rows", 1: f"second_of_{name}"} for name, tensor in outputs.items() if tensor.dim() > 1}
    torch.onnx.export(
        module, example, file, input_names=list(names), output_names=list(outputs), dynamic_axes=axes,
        opset_version=OPSET, dynamo=False,
    )  # fmt: skip
    if precision == "int8":
        _quantize(file)


def _quantize(file: Path) -> None:
    """Put linear layers' weights into int8, a scale a column; what they read is rounded as it comes.

    In seven bits: eight overflow on x86 processors without VNNI, and a graph says the same everywhere.
    """
    model = onnx.load(file)
    add_pre_process_metadata(model)  # or the quantizer configures the process's logging to say that it is not there
    quantize_dynamic(
        model, file, op_types_to_quantize=["MatMul"], per_channel=True, reduce_range=True, weight_type=QuantType.QInt8
    )
