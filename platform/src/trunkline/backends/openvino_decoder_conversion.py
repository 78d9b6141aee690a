"""From a decoder's PyTorch modules to OpenVINO's graphs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from trunkline.backends.openvino_core import ov
from trunkline.backends.openvino_decoder import LOGITS, LONGEST, MEMORY, NEXT, OWN, START, STEP
from trunkline.backends.tracing import traced
from trunkline.contract.decoder_modules import DecoderModules, StateShape

ROWS, CHOSEN, SLOTS, COLUMNS = 3, 2, 5, 7  # of the examples that are traced; no graph depends on them


def decoder_graphs(modules: DecoderModules, width: int) -> dict[str, ov.Model]:
    """Convert both modules for memories of `width`."""
    return {START: _start(modules, width), STEP: _step(modules)}


def _start(modules: DecoderModules, width: int) -> ov.Model:
    outputs = [f"{MEMORY}_{number}" for number in range(len(modules.memories))]
    return _converted(modules.start, (torch.zeros(ROWS, SLOTS, width),), {MEMORY: (None, None, width)}, outputs)


def _step(modules: DecoderModules) -> ov.Model:
    rows = torch.arange(ROWS)
    example = [rows, rows, torch.arange(CHOSEN), torch.ones(ROWS, SLOTS, dtype=torch.bool)]
    inputs: dict[str, StateShape] = {"ids": (None,), "positions": (None,), "order": (None,), "seen": (None, None)}
    for name, shapes, length in ((MEMORY, modules.memories, SLOTS), (OWN, modules.own, COLUMNS)):
        example += [torch.zeros(ROWS, *(length if size is None else size for size in shape)) for shape in shapes]
        inputs |= {f"{name}_{number}": (None, *shape) for number, shape in enumerate(shapes)}
    outputs = [LOGITS, *(f"{NEXT}_{number}" for number in range(len(modules.own)))]
    graph = _converted(modules.step, tuple(example), inputs, outputs)
    graph.set_rt_info(modules.longest, list(LONGEST))
    return graph


def _converted(
    module: torch.nn.Module, example: tuple[Tensor, ...], inputs: dict[str, StateShape], outputs: Sequence[str]
) -> ov.Model:
    with traced():
        graph = ov.convert_model(module.eval(), example_input=example)
    shapes = {}
    for port, (name, shape) in zip(graph.inputs, inputs.items(), strict=True):
        port.get_tensor().set_names({name})
        port.get_node().set_friendly_name(name)
        shapes[port] = ov.PartialShape([-1 if size is None else size for size in shape])
    for port, name in zip(graph.outputs, outputs, strict=True):
        port.get_tensor().set_names({name})
    graph.reshape(shapes)
    return graph
