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

from trunkline.contract import IGNORE, DecoderTask, Files, HeadConfig, HeadTask, Outputs, Targets, TaskRequest
from trunkline.errors import DataError, InvalidInput
from trunkline.records import BranchSpec
from trunkline.trunk import windows as cutting
from trunkline.trunk.encoder import Encoder
from trunkline.trunk.inputs import Encoded, joined
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.tuning import batches, sides
from trunkline.tuning.bundles import Bundles
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
    sequences: Mapping[str, Sequence[NDArray[np.int64]]]  # of each window, what a decoder should write
    bundles: Bundles | None  # where the task learns from inputs together

    def epoch(self, size: int, seed: int, number: int) -> list[NDArray[np.intp]]:
        """Give the batches of windows of epoch `number`; (seed, number) alone decide."""
        if self.bundles is not None:
            return self.bundles.epoch(size, seed, number)
        return batches.epoch(self.layout.lengths, size, seed, number)

    def count(self, size: int) -> int:
        """Batches in an epoch."""
        return batches.count(len(self.layout), size) if self.bundles is None else self.bundles.count(size)

    def typical(self, size: int) -> Batch:
        """Gather a batch to time: windows of the most usual length, or some that are learnt from together."""
        if self.bundles is not None:
            return self.batch(self.bundles.epoch(size, 0, 0)[0])
        lengths = self.layout.lengths
        return self.batch(np.argsort(np.abs(lengths - np.mean(lengths)), kind="stable")[:size])

    @property
    def widths(self) -> NDArray[np.int64]:
        """(windows,) tokens of each: those that are read, or those to be written where they are more."""
        widths = self.layout.lengths
        for sequence in self.sequences.values():
            widths = np.maximum(widths, [len(ids) for ids in sequence])
        return widths

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
        targets |= {name: _padded([values[place] for place in windows]) for name, values in self.sequences.items()}
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
    files: Files | None = None,
) -> Rows:
    """Encode, cut and lay out `examples`; with the targets that `task` gives of them where `config` is given.

    Pairs are joined at layer `joined_at`, where that is above 0. Raises `InvalidInput` where there are none.
    `files` are what a version with a decoder keeps; raises `DataError` for examples that such a one cannot read whole.
    """
    requests = [task.request(example) for example in examples]
    if isinstance(task, DecoderTask) and config is not None:
        asked = [task.learnt_inputs(example, config) for example in examples]
    else:
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
    sequences: Mapping[str, Sequence[NDArray[np.int64]]] = {}
    if isinstance(task, DecoderTask) and config is not None:
        _check_whole(cut, tokenizer)
        sequences = _by_name(task.written(examples, config, files or {}))
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
        sequences,
        Bundles.of(owners[origins], [task.group(example) for example in examples]) if task.together else None,
    )


def score(
    task: HeadTask[Any, Any, Any], rows: Rows, outputs: Sequence[Outputs], config: HeadConfig
) -> dict[str, float]:
    """Decode outputs of whole inputs, answer the examples' requests and measure the answers."""
    predictions: list[list[Any]] = [[] for _ in rows.examples]
    for owner, one in zip(rows.owners, task.decode_all(outputs, rows.inputs, config), strict=True):
        predictions[owner].append(one)
    responses = [task.respond(request, said) for request, said in zip(rows.requests, predictions, strict=True)]
    return task.score(task.compared(responses, rows.examples), rows.examples)


def _target_tables(
    task: HeadTask[Any, Any, Any], windows: Sequence[cutting.Window], per_window: Sequence[Targets]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    text, token = {}, {}
    for name, axis in task.target_axes.items() if per_window else ():
        if axis == "sequence":
            continue
        if axis == "text":
            text[name] = torch.from_numpy(np.stack([np.asarray(targets[name]) for targets in per_window]))
        else:
            token[name] = torch.from_numpy(flat_targets(windows, per_window, name, IGNORE))
    return text, token


def _check_whole(cut: Sequence[Sequence[cutting.Window]], tokenizer: Tokenizer) -> None:
    """Raise `DataError` for examples that are not one input of one window."""
    long = [place for place, windows in enumerate(cut) if len(windows) > 1]
    if long:
        problems = [f"row {place + 1} of those read: more than {tokenizer.max_length} tokens" for place in long]
        raise DataError(problems, "A decoder attends to one window of the trunk: split these texts, or leave them out.")


def _by_name(targets: Sequence[Targets]) -> dict[str, list[NDArray[np.int64]]]:
    return {name: [np.asarray(one[name], dtype=np.int64) for one in targets] for name in targets[0]} if targets else {}


def _padded(rows: Sequence[NDArray[np.int64]]) -> Tensor:
    """Stack sequences, the shorter ones padded on the right with `IGNORE`."""
    table = np.full((len(rows), max(map(len, rows))), IGNORE, dtype=np.int64)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    return torch.from_numpy(table)
