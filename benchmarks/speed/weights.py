"""Weights of a version: the trunk's layers, disturbed in its branch, and a head that tells texts apart. Needs torch.

A label's weights are a random mixture of sample texts' states, centred: they read the directions in which texts differ
most, as a tuned head's do. So labels are spread, and answers of two engines can be compared.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoModel

from benchmarks.speed.plans import Plan
from benchmarks.speed.texts import sentences
from benchmarks.speed.trunks import trunk_source

SAMPLE = 48  # texts
SHARPNESS = 4.0  # deviation of logits: about that of a tuned head
RANK, ALPHA = 8, 16  # of LoRA
DISTURBANCE = 0.05  # of a branch's weights, in their own deviations
OUTSIDE = 10.0  # bias of the tag O, so that most words are no entity


def encoder_of(plan: Plan) -> Any:
    """Give transformers' encoder of the whole model, cut above the branch; frozen."""
    return _disturbed(plan) if plan.branch else _undisturbed(plan.trunk, plan.fork)


@lru_cache(1)
def _undisturbed(trunk: str, layers: int) -> Any:
    """Give what all heads without a branch share."""
    return _disturbed(Plan(trunk, "classification", layers, 0))


def _disturbed(plan: Plan) -> Any:
    model = AutoModel.from_pretrained(trunk_source(plan.trunk), num_hidden_layers=plan.layers, add_pooling_layer=False)
    if plan.low_rank:
        for name, (down, up) in low_rank(plan, model.config.hidden_size).items():
            model.get_submodule(name).weight.data += ALPHA / RANK * up @ down
        return model.eval().requires_grad_(False)
    source = torch.Generator().manual_seed(plan.number)
    with torch.no_grad():
        for layer in model.encoder.layer[plan.fork :]:
            for parameter in layer.parameters():
                noise = torch.randn(parameter.shape, generator=source)
                parameter += DISTURBANCE * parameter.std() * noise
    return model.eval().requires_grad_(False)


def low_rank(plan: Plan, width: int) -> dict[str, tuple[Tensor, Tensor]]:
    """Give LoRA's two matrices, (rank, width) and (width, rank), of each query and value of the branch, by module."""
    source = torch.Generator().manual_seed(2000 + plan.number)
    return {
        f"encoder.layer.{index}.attention.self.{part}": (
            torch.randn(RANK, width, generator=source) / width**0.5,
            0.1 * torch.randn(width, RANK, generator=source),
        )
        for index in range(plan.fork, plan.layers)
        for part in ("query", "value")
    }


def head_of(plan: Plan, encoder: Any) -> nn.Linear:
    """Give the head over that encoder's last states."""
    states, mask = _states(plan.trunk, encoder) if plan.branch else _shared_states(plan.trunk, plan.fork)
    if plan.task == "classification":
        weights = mask.unsqueeze(-1).float()
        seen = (states * weights).sum(1) / weights.sum(1)
    else:
        seen = states[mask]
    mean = seen.mean(0)
    source = torch.Generator().manual_seed(1000 + plan.number)
    weight = torch.randn(len(names_of(plan)), len(seen), generator=source) @ (seen - mean)
    weight *= SHARPNESS / (weight @ (seen - mean).T).std()
    head = nn.Linear(weight.shape[1], len(weight))
    with torch.no_grad():
        head.weight.copy_(weight)
        head.bias.copy_(-weight @ mean)
        if plan.task == "ner":
            head.bias[0] += OUTSIDE
    return head.requires_grad_(False)


def names_of(plan: Plan) -> list[str]:
    """Give the labels, or the tags, that the head tells apart."""
    if plan.task == "classification":
        return [f"label-{index:02}" for index in range(plan.labels)]
    return ["O", *(f"I-entity-{index}" for index in range(plan.labels))]


@lru_cache
def _shared_states(trunk: str, layers: int) -> tuple[Tensor, Tensor]:
    return _states(trunk, encoder_of(Plan(trunk, "classification", layers, 0)))


def _states(trunk: str, encoder: Any) -> tuple[Tensor, Tensor]:
    tokenizer = Tokenizer.from_file(str(trunk_source(trunk) / "tokenizer.json"))
    tokenizer.enable_padding()
    tokenizer.enable_truncation(48)
    found = tokenizer.encode_batch(sentences(seed=1)[1][:SAMPLE])
    ids, mask = (torch.tensor([getattr(one, part) for one in found]) for part in ("ids", "attention_mask"))
    with torch.inference_mode():
        states = encoder(input_ids=ids, attention_mask=mask, token_type_ids=torch.zeros_like(ids)).last_hidden_state
    return states.clone(), mask.bool()


def write_whole(plan: Plan, folder: Path) -> None:
    """Write the whole model for the peers: encoder, head, tokenizer, OpenVINO's graph."""
    import openvino as ov
    from safetensors.torch import save_file

    from benchmarks.speed.peers.whole_module import Whole, example

    encoder = encoder_of(plan)
    head = head_of(plan, encoder)
    encoder.save_pretrained(folder)
    save_file({"weight": head.weight.contiguous(), "bias": head.bias.contiguous()}, folder / "head.safetensors")
    if plan.low_rank:
        pairs = low_rank(plan, encoder.config.hidden_size)
        parts = {f"{name}.{part}": pair[place] for name, pair in pairs.items() for place, part in enumerate("AB")}
        save_file({name: part.contiguous() for name, part in parts.items()}, folder / "adapter.safetensors")
    kind = "labels" if plan.task == "classification" else "tags"
    facts = {"task": plan.task, kind: names_of(plan), "max_length": max_length(plan.trunk)}
    (folder / "head.json").write_text(json.dumps(facts))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_bytes((trunk_source(plan.trunk) / name).read_bytes())
    with torch.no_grad():
        graph = ov.convert_model(Whole(encoder, head, plan.task == "classification").eval(), example_input=example())
    for port, name in zip(graph.inputs, ("ids", "mask", "type_ids"), strict=True):
        port.get_tensor().set_names({name})
    ov.save_model(graph, folder / "graph.xml", compress_to_fp16=False)


def max_length(trunk: str) -> int:
    """Give the tokens of one window as Trunkline cuts them, so that peers truncate where no window is cut."""
    from trunkline.trunk.tokenizer import Tokenizer as Ours

    return Ours.from_folder(trunk_source(trunk)).max_length
