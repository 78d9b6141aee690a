"""A trunk in Python: load it, ask for hidden states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trunkline.errors import InvalidInput
from trunkline.records.trunk import TrunkInfo
from trunkline.settings import Settings
from trunkline.trunk.content import TrunkContent
from trunkline.trunk.encoder import Encoder
from trunkline.trunk.inputs import Encoded, EncoderInput
from trunkline.trunk.source import find
from trunkline.trunk.states import HiddenStates
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.trunk.windows import Window, cut, join, pad

Rows = list[NDArray[np.float32]]  # one window's states at each layer asked for, (slots, width)


@dataclass(frozen=True)
class Trunk:
    """A pretrained encoder with its tokenizer, in memory; made by `load`."""

    name: str
    folder: Path
    encoder: Encoder
    tokenizer: Tokenizer
    settings: Settings

    @classmethod
    def load(cls, name: str, settings: Settings | None = None) -> Trunk:
        """Load a local folder, "minilm", or a hub id. Raises `NotFound`, `TrunkError`."""
        settings = settings or Settings()
        folder = find(name, settings)
        return cls(name, folder, Encoder.load(folder), Tokenizer.from_folder(folder), settings)

    @cached_property
    def info(self) -> TrunkInfo:
        """What is known of the trunk without its weights, its id included."""
        return TrunkContent.of(self.encoder, self.folder).info(self.name)

    def hidden_states(
        self, texts: Sequence[str | EncoderInput], layers: Sequence[int] = (-1,)
    ) -> list[list[HiddenStates]]:
        """Give the states of each text at each of `layers`, both in the order asked for.

        Layer 0 is after the embeddings, n_layers the last (final norm applied); negative numbers count from
        the last, -1. Long texts are read in windows. Raises `InvalidInput` for a layer that there is not.
        """
        wanted = [_layer(layer, self.encoder.n_layers) for layer in layers]
        inputs = [text if isinstance(text, EncoderInput) else EncoderInput(text) for text in texts]
        encoded = self.tokenizer.encode(inputs)
        windows = [cut(one, self.tokenizer) for one in encoded]
        flat = [window for some in windows for window in some]
        rows = iter(self._run(flat, wanted))
        return [
            _assembled(one, some, [next(rows) for _ in some], wanted)
            for one, some in zip(encoded, windows, strict=True)
        ]

    def _run(self, windows: Sequence[Window], layers: Sequence[int]) -> list[Rows]:
        """Run windows in batches of like length; results in the windows' own order."""
        results: list[Rows] = [[] for _ in windows]
        for indices in _batches([len(window) for window in windows], self.settings.batch_tokens):
            batch = pad([windows[index] for index in indices], self.tokenizer.pad_id)
            ids, type_ids, mask = (torch.from_numpy(array) for array in (batch.ids, batch.type_ids, batch.mask))
            with torch.inference_mode():
                states = _numpy(self._states(ids, type_ids, mask, max(layers, default=0)), layers)
            for row, index in enumerate(indices):
                results[index] = [state[row, : len(windows[index])] for state in states]
        return results

    def _states(self, ids: Tensor, type_ids: Tensor, mask: Tensor, top: int) -> list[Tensor]:
        states = [self.encoder.embed(ids, type_ids, mask)]
        for layer in range(top):
            states.append(self.encoder.advance(states[-1], mask, layer, layer + 1))
        if top == self.encoder.n_layers:
            states[-1] = self.encoder.finish(states[-1])
        return states


def _numpy(states: Sequence[Tensor], layers: Sequence[int]) -> Rows:
    return [states[layer].numpy() for layer in layers]


def _layer(layer: int, n_layers: int) -> int:
    if not -n_layers - 1 <= layer <= n_layers:
        raise InvalidInput(f"layer {layer}: the trunk has layers 0 to {n_layers}, or -1 (the last) to {-n_layers - 1}")
    return layer if layer >= 0 else n_layers + 1 + layer


def _batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Give indices in batches of like length, each of at most `budget` padded tokens, or of one row."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        if batch and (len(batch) + 1) * lengths[index] > budget:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _assembled(
    encoded: Encoded, windows: Sequence[Window], rows: Sequence[Rows], layers: Sequence[int]
) -> list[HiddenStates]:
    """Join one input's windows, layer by layer."""
    joined = []
    for place, layer in enumerate(layers):
        states = [row[place] for row in rows]
        joined.append(
            HiddenStates(
                layer=layer,
                tokens=join("token", states, windows, len(encoded)),
                offsets=encoded.offsets,
                first=join("text", [state[0].copy() for state in states], windows, len(encoded)),
                mean=join("text", [state.mean(axis=0) for state in states], windows, len(encoded)),
            )
        )
    return joined
