"""Marian's student models in numpy, formula by formula from the names in the file: what conversions are held against.

One sentence at a time, no cache, no batch. Sources: src/models/transformer.h, src/rnn/cells.h of marian-dev.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Reference:
    values: Mapping[str, np.ndarray]
    heads: int
    encoder_epsilon: float = 1e-6

    def encoded(self, ids: Sequence[int]) -> np.ndarray:
        """Give the states (tokens, width) of a source, `</s>` included."""
        table = self.table("encoder")
        x = table[list(ids)] * math.sqrt(table.shape[1]) + positions(len(ids), table.shape[1])
        for layer in self.layers("encoder"):
            x = self.norm(x + self.attend(f"{layer}_self", x, x), f"{layer}_self_Wo", self.encoder_epsilon)
            x = self.feed_forward(x, layer, self.encoder_epsilon)
        return x

    def logits(self, memory: np.ndarray, ids: Sequence[int]) -> np.ndarray:
        """Give the logits (tokens + 1, vocabulary) before, between and after target ids."""
        table = self.table("decoder")
        x = np.concatenate([np.zeros((1, table.shape[1])), table[list(ids)]]) * math.sqrt(table.shape[1])
        x = x + positions(len(x), table.shape[1])
        for layer in self.layers("decoder"):
            x = self.norm(x + self.recurrent(f"{layer}_rnn", x), f"{layer}_rnn_ffn")
            x = self.norm(x + self.attend(f"{layer}_context", x, memory), f"{layer}_context_Wo")
            x = self.feed_forward(x, layer)
        output = self.values.get("decoder_ff_logit_out_W", table.T)
        return x @ output + self.values.get("decoder_ff_logit_out_b", np.zeros((1, output.shape[1])))

    def greedy(self, ids: Sequence[int], most: int) -> list[int]:
        """Give the likeliest token after each, until `</s>` (0), which is left out."""
        memory, written = self.encoded(ids), []
        while len(written) < most and (token := int(self.logits(memory, written)[-1].argmax())):
            written.append(token)
        return written

    def table(self, side: str) -> np.ndarray:
        return self.values["Wemb" if "Wemb" in self.values else f"{side}_Wemb"]

    def layers(self, side: str) -> list[str]:
        count = sum(name.startswith(f"{side}_l") and name.endswith("_ffn_W1") for name in self.values)
        return [f"{side}_l{index + 1}" for index in range(count)]

    def affine(self, x: np.ndarray, name: str, letter: str) -> np.ndarray:
        return x @ self.values[f"{name}_W{letter}"] + self.values[f"{name}_b{letter}"]

    def attend(self, name: str, x: np.ndarray, memory: np.ndarray) -> np.ndarray:
        query, key, value = self.affine(x, name, "q"), self.affine(memory, name, "k"), self.affine(memory, name, "v")
        out = []
        for q, k, v in zip(*(np.split(each, self.heads, axis=1) for each in (query, key, value)), strict=True):
            scores = q @ k.T / math.sqrt(q.shape[1])
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
            out.append(weights / weights.sum(axis=1, keepdims=True) @ v)
        return self.affine(np.concatenate(out, axis=1), name, "o")

    def recurrent(self, name: str, x: np.ndarray) -> np.ndarray:
        forget = 1 / (1 + np.exp(-self.affine(x, name, "f")))
        state, states = np.zeros(x.shape[1]), []
        for f, new in zip(forget, x @ self.values[f"{name}_W"], strict=True):
            state = f * state + (1 - f) * new
            states.append(np.maximum(state, 0))
        return np.stack(states)

    def feed_forward(self, x: np.ndarray, layer: str, epsilon: float = 1e-6) -> np.ndarray:
        inner = np.maximum(self.affine(x, f"{layer}_ffn", "1"), 0)
        return self.norm(x + self.affine(inner, f"{layer}_ffn", "2"), f"{layer}_ffn_ffn", epsilon)

    def norm(self, x: np.ndarray, name: str, epsilon: float = 1e-6) -> np.ndarray:
        middle = x - x.mean(axis=1, keepdims=True)
        scaled = middle / np.sqrt((middle**2).mean(axis=1, keepdims=True) + epsilon)
        return scaled * self.values[f"{name}_ln_scale"] + self.values[f"{name}_ln_bias"]


def positions(count: int, width: int) -> np.ndarray:
    half = width // 2
    table = np.zeros((count, width))
    for place in range(count):
        for index in range(half):
            angle = place * math.exp(index * -math.log(10000.0) / (half - 1))
            table[place, index], table[place, half + index] = math.sin(angle), math.cos(angle)
    return table
