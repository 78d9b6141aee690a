"""Labelled examples as windows with their targets, and outputs of windows as outputs of whole inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel
from torch import Tensor

from trunkline.contract import IGNORE, HeadConfig, HeadTask, Outputs, Targets, TaskRequest
from trunkline.errors import InvalidInput
from trunkline.records import BranchSpec
from trunkline.trunk import windows as cutting
from trunkline.trunk.encoder import Encoder
from trunkline.trunk.inputs import Encoded, joined
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.tuning import batches, sides
from trunkline.tuning.layout import Layout, flat_targets
from trunkline.tuning.states import Apart, Computed, Joined, Source, layers_read


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some windows as a rectangle."""

    index: Tensor  # (rows, length) of the layout's flat tables
    mask: Tensor  # (rows, length) bool
    targets: dict[str, Tensor]  # text (rows, ...), token (rows, length, ...)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Examples of one task, cut and laid out. An example may have several inputs, an input several windows."""

    examples: Sequence[BaseModel]
    requests: Sequence[TaskRequest]
    inputs: Sequence[Encoded]
    owners: NDArray[np.intp]  # (inputs,) the example of each
    windows: Sequence[cutting.Window]
    origins: NDArray[np.intp]  # (windows,) the input of each
    layout: Layout
    stem: Layout  # of what the stem reads: the same, or each distinct text by itself where pairs are joined above it
    places: NDArray[np.int64] | None  # (tokens + 1,) where pairs are joined: the token in `stem` of each in `layout`
    text_targets: Mapping[str, Tensor]  # (windows, ...)
    token_targets: Mapping[str, Tensor]  # (tokens + 1, ...)

    def joining(self, source: Source) -> Source:
        """Give the states of our windows from a source of those of `stem`."""
        return source if self.places is None else Joined(source, torch.from_numpy(self.places))

    def computed(self, encoder: Encoder, spec: BranchSpec, dtype: torch.dtype) -> Source:
        """Give the states that a branch of `spec` reads, computed by a frozen encoder whenever they are asked for."""
        alone = Computed(encoder, self.stem, layers_read(spec), dtype)
        return alone if self.places is None else self.joining(Apart(alone, self.stem))

    def batch(self, windows: NDArray[np.intp]) -> Batch:
        """Gather these windows to learn from, padded on the right."""
        lengths = self.layout.lengths
        width = batches.rounded(int(lengths[windows].max()), int(lengths.max()))
        index = torch.from_numpy(self.layout.index(windows, width))
        chosen = torch.from_numpy(windows)
        targets = {name: values[chosen] for name, values in self.text_targets.items()}
        targets |= {name: values[index] for name, values in self.token_targets.items()}
        return Batch(index, index != self.layout.tokens, targets)

    def joined(
        self, outputs: Mapping[str, Sequence[NDArray[np.float32]]], task: HeadTask[Any, Any, Any]
    ) -> list[Outputs]:
        """Join outputs of windows (token outputs without padding) to outputs of whole inputs."""
        bounds = np.searchsorted(self.origins, np.arange(len(self.inputs) + 1)).tolist()
        whole: list[Outputs] = []
        for (start, end), encoded in zip(pairwise(bounds), self.inputs, strict=True):
            part = self.windows[start:end]
            join = {name: (task.output_axes[name], values[start:end]) for name, values in outputs.items()}
            whole.append({name: cutting.join(axis, of, part, len(encoded)) for name, (axis, of) in join.items()})
        return whole


def build(
    task: HeadTask[Any, Any, Any],
    examples: Sequence[BaseModel],
    tokenizer: Tokenizer,
    config: HeadConfig | None,
    joined_at: int = 0,
) -> Rows:
    """Encode, cut and lay out `examples`; with the targets that `task` gives of them where `config` is given.

    Pairs are joined at layer `joined_at`, where that is above 0. Raises `InvalidInput` where there are none.
    """
    requests = [task.request(example) for example in examples]
    asked = [joined(task.encoder_inputs(request), joined_at) for request in requests]
    if joined_at and not any(one.joined_at for inputs in asked for one in inputs):
        raise InvalidInput(f"joined_at {joined_at}: {task.name} reads single texts, so there is nothing to join")
    owners = np.repeat(np.arange(len(examples)), [len(inputs) for inputs in asked])
    encoded = tokenizer.encode([one for inputs in asked for one in inputs])
    cut = [cutting.cut(one, tokenizer) for one in encoded]
    origins = np.repeat(np.arange(len(encoded)), [len(windows) for windows in cut])
    windows = [window for part in cut for window in part]
    targets: list[Targets] = []
    if config is not None:
        targets = [task.targets(examples[i], one, config) for i, one in zip(owners.tolist(), encoded, strict=True)]
    per_window = [targets[origin] for origin in origins] if targets else []
    layout = Layout.of(windows, tokenizer.pad_id)
    stem, places = sides.of(windows, tokenizer.pad_id) if joined_at else (layout, None)
    return Rows(
        examples,
        requests,
        encoded,
        owners,
        windows,
        origins,
        layout,
        stem,
        places,
        *_target_tables(task, windows, per_window),
    )


def score(
    task: HeadTask[Any, Any, Any], rows: Rows, outputs: Sequence[Outputs], config: HeadConfig
) -> dict[str, float]:
    """Decode outputs of whole inputs, answer the examples' requests and measure the answers."""
    predictions: list[list[Any]] = [[] for _ in rows.examples]
    for owner, one in zip(rows.owners, task.decode_all(outputs, rows.inputs, config), strict=True):
        predictions[owner].append(one)
    responses = [task.respond(request, said) for request, said in zip(rows.requests, predictions, strict=True)]
    return task.score(responses, rows.examples)


def _target_tables(
    task: HeadTask[Any, Any, Any], windows: Sequence[cutting.Window], per_window: Sequence[Targets]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    text, token = {}, {}
    for name, axis in task.target_axes.items() if per_window else ():
        if axis == "text":
            text[name] = torch.from_numpy(np.stack([np.asarray(targets[name]) for targets in per_window]))
        else:
            token[name] = torch.from_numpy(flat_targets(windows, per_window, name, IGNORE))
    return text, token
