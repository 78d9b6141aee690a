"""One task on the tiny trunk: what conformance tests look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trunkline.contract import IGNORE, Answer, HeadOptions, HeadTask, Keeping, TokenCounter
from trunkline.records import TrunkInfo, Version
from trunkline.testing.tiny import TinyTrunk, tiny_trunk
from trunkline.trunk.inputs import Encoded, EncoderInput
from trunkline.trunk.states import HiddenStates
from trunkline.trunk.windows import Window, cut, join, pad


@dataclass(frozen=True, slots=True, eq=False)
class Workbench:
    """A task's head with random weights over the tiny trunk's last layer; answers as an engine would."""

    task: HeadTask[Any, Any, Any]
    config: dict[str, Any]
    head: torch.nn.Module
    trunk: TinyTrunk

    @classmethod
    def of(cls, task: HeadTask[Any, Any, Any], examples: Sequence[Any], options: HeadOptions) -> Workbench:
        trunk = tiny_trunk()
        config = task.head_config(examples, options, trunk.info)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            head = task.build_head(config, trunk.info.width)
        return cls(task, config, head.eval(), trunk)

    def encode(self, request: Any) -> list[Encoded]:
        return self.trunk.tokenizer.encode(self.task.encoder_inputs(request))

    def windows(self, encoded: Encoded) -> list[Window]:
        return cut(encoded, self.trunk.tokenizer)

    def states(self, windows: Sequence[Window], multiple: int = 1) -> tuple[Tensor, Tensor]:
        """Give the trunk's last states (B, T, width) and the mask (B, T), padded to a multiple."""
        batch = pad(windows, self.trunk.tokenizer.pad_id, multiple)
        ids, types, mask = map(torch.from_numpy, (batch.ids, batch.type_ids, batch.mask))
        encoder = self.trunk.encoder
        with torch.no_grad():
            hidden = encoder.embed(ids, types, mask)
            return encoder.finish(encoder.advance(hidden, mask, 0, encoder.n_layers)), mask

    def outputs(self, encoded: Encoded) -> dict[str, NDArray[np.float32]]:
        """Run the head and join its windows' outputs: what `decode` is given."""
        windows = self.windows(encoded)
        with torch.no_grad():
            raw = self.head(*self.states(windows))
        return {
            name: join(axis, list(raw[name].float().numpy()), windows, len(encoded))
            for name, axis in self.task.output_axes.items()
        }

    def targets(self, examples: Sequence[Any]) -> tuple[list[Window], dict[str, Tensor]]:
        """Give the examples' windows and their targets, batched and padded as a tuning run does."""
        windows: list[Window] = []
        rows: list[Mapping[str, NDArray[Any]]] = []
        for example in examples:
            for encoded in self.encode(self.task.request(example)):
                targets = self.task.targets(example, encoded, self.config)
                for window in self.windows(encoded):
                    windows.append(window)
                    rows.append(self._cut(targets, window))
        return windows, {name: _stack([row[name] for row in rows]) for name in self.task.target_axes}

    def _cut(self, targets: Mapping[str, NDArray[Any]], window: Window) -> dict[str, NDArray[Any]]:
        axes = self.task.target_axes
        return {
            name: np.asarray(value) if axes[name] == "text" else _at(np.asarray(value), window)
            for name, value in targets.items()
        }

    async def predict(self, task: str, model: str | None, inputs: Sequence[EncoderInput]) -> Answer:
        encoded = self.trunk.tokenizer.encode(inputs)
        predictions = [self.task.decode(self.outputs(one), one, self.config) for one in encoded]
        return Answer(f"{task}/{model or 'tiny'}@1", predictions)

    async def hidden_states(
        self, trunk: str | None, inputs: Sequence[EncoderInput], layers: Sequence[int]
    ) -> Sequence[Sequence[HiddenStates]]:
        raise NotImplementedError("the workbench answers predictions only")

    async def generate(
        self, task: str, model: str | None, inputs: Sequence[EncoderInput], prompts: Sequence[Any]
    ) -> Answer:
        raise NotImplementedError("the workbench has heads that label, and none that write")

    async def token_counter(self, task: str, model: str | None) -> TokenCounter:
        return self.trunk.tokenizer

    async def keeping(self, folder: Path, task: str, model: str | None) -> Keeping | None:
        return None

    def trunk_info(self, name: str | None) -> TrunkInfo:
        return self.trunk.info

    def version_info(self, task: str, model: str | None) -> Version:
        raise NotImplementedError("the workbench registers nothing")

    def data_folder(self, plugin: str) -> Path:
        raise NotImplementedError("the workbench keeps no files")


def _at(value: NDArray[Any], window: Window) -> NDArray[Any]:
    """Give token targets (slots, ...) at a window's slots; special tokens hold nothing to learn."""
    nothing = np.full((1, *value.shape[1:]), _nothing(value), dtype=value.dtype)
    return np.concatenate([value, nothing])[window.positions]


def _nothing(value: NDArray[Any]) -> int:
    return IGNORE if np.issubdtype(value.dtype, np.integer) else 0


def _stack(rows: Sequence[NDArray[Any]]) -> Tensor:
    """Stack rows, the shorter ones padded on their first axis."""
    longest = max((row.shape[0] for row in rows if row.ndim), default=0)
    padded = [
        np.pad(row, [(0, longest - row.shape[0])] + [(0, 0)] * (row.ndim - 1), constant_values=_nothing(row))
        if row.ndim
        else row
        for row in rows
    ]
    return torch.from_numpy(np.stack(padded))
