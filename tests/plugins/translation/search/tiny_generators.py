"""Tiny models of three families, their own decoders as step decoders, and what transformers' `generate` writes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
    T5Config,
    T5ForConditionalGeneration,
)
from transformers.modeling_outputs import BaseModelOutput

from trunkline_translation.search import Prompt

VOCABULARY, WIDTH, PAD, START, EOS = 61, 16, 0, 2, 3
SOURCES = [[11, 12, 13, 14, 3], [40, 5, 3], [9, 9, 22, 31, 8, 52, 17, 3], [33, 3], [7, 6, 5, 4, 3], [58, 19, 44, 3]]
LIMITS = {"pad_token_id": PAD, "eos_token_id": EOS, "decoder_start_token_id": START}
BART = {
    "vocab_size": VOCABULARY, "d_model": WIDTH, "encoder_layers": 1, "decoder_layers": 2, "encoder_attention_heads": 2,
    "decoder_attention_heads": 2, "encoder_ffn_dim": 24, "decoder_ffn_dim": 24, "max_position_embeddings": 64,
    "init_std": 0.6, "bos_token_id": 1, **LIMITS,
}  # fmt: skip
T5 = {
    "vocab_size": VOCABULARY, "d_model": WIDTH, "d_kv": 8, "d_ff": 24, "num_layers": 2, "num_heads": 2,
    "initializer_factor": 2.0, "tie_word_embeddings": False, **LIMITS,
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """How random weights are changed so that a model's outputs end at many lengths and do not repeat one token."""

    model: Any
    config: Any
    seed: int
    branches: float  # factor of what cross-attention and feed-forward add: the token just read must count
    ending: float  # added to the end token's logit


KINDS = {
    "marian": Kind(MarianMTModel, MarianConfig(**BART, forced_eos_token_id=None), 5, 0.1, 0.0),
    "m2m100": Kind(M2M100ForConditionalGeneration, M2M100Config(**BART), 1, 1.0, 0.0),
    "t5": Kind(T5ForConditionalGeneration, T5Config(**T5), 3, 0.3, 2.0),
}
SAME = {"length_penalty", "no_repeat_ngram_size", "min_length", "max_length", "early_stopping", "repetition_penalty"}
ADDING = ("EncDecAttention.o.weight", "encoder_attn.out_proj.weight", "wo.weight", "fc2.weight")


@dataclass
class Rows:
    """Nothing is kept but memories and tokens: each step reads all of them anew, which no cache can get wrong."""

    memories: list[np.ndarray]
    tokens: list[list[int]]

    @property
    def rows(self) -> int:
        return len(self.tokens)

    def take(self, rows: np.ndarray) -> Rows:
        return Rows([self.memories[row] for row in rows], [list(self.tokens[row]) for row in rows])

    def joined(self, other: Rows) -> Rows:
        return Rows(self.memories + other.memories, self.tokens + other.tokens)


class Generator:
    """One tiny model in float64 with random weights, and its decoder as transformers itself runs it."""

    def __init__(self, kind: Kind) -> None:
        torch.manual_seed(kind.seed)
        self.model = kind.model(kind.config).double().eval()
        head = torch.nn.Linear(WIDTH, VOCABULARY, bias=True, dtype=torch.float64)
        with torch.no_grad():
            head.weight.normal_(std=0.5)
            head.weight[EOS] *= 2
            head.bias.zero_()
            head.bias[EOS] = kind.ending
            self.model.lm_head = head  # tied to the embeddings it would write what it reads
            self.model.get_input_embeddings().weight.normal_(std=3.0)
            for name, weight in self.model.named_parameters():
                weight *= kind.branches if name.endswith(ADDING) else 1.0
        self.memories = [self._encoded(source) for source in SOURCES]

    def _encoded(self, source: list[int]) -> np.ndarray:
        with torch.no_grad():
            return self.model.get_encoder()(torch.tensor([source])).last_hidden_state[0].numpy()

    def start(self, memories: list[np.ndarray]) -> Rows:
        return Rows(list(memories), [[] for _ in memories])

    def step(self, ids: np.ndarray, cache: Rows) -> np.ndarray:
        for tokens, token in zip(cache.tokens, ids.tolist(), strict=True):
            tokens.append(token)
        logits = np.zeros((cache.rows, VOCABULARY), np.float32)
        for length in {len(tokens) for tokens in cache.tokens}:
            rows = [row for row, tokens in enumerate(cache.tokens) if len(tokens) == length]
            logits[rows] = self._read([cache.memories[row] for row in rows], [cache.tokens[row] for row in rows])
        return logits

    def _read(self, memories: list[np.ndarray], tokens: list[list[int]]) -> np.ndarray:
        padded = torch.zeros(len(memories), max(map(len, memories)), WIDTH, dtype=torch.float64)
        seen = torch.zeros(padded.shape[:2], dtype=torch.long)
        for row, memory in enumerate(memories):
            padded[row, : len(memory)] = torch.from_numpy(memory)
            seen[row, : len(memory)] = 1
        with torch.no_grad():
            states = BaseModelOutput(last_hidden_state=padded)
            given = self.model(encoder_outputs=states, attention_mask=seen, decoder_input_ids=torch.tensor(tokens))
        return given.logits[:, -1].float().numpy()

    def generate(self, **settings: Any) -> list[list[Written]]:
        """Give what transformers writes for all of SOURCES in one batch, best first; scores of beam searches only."""
        longest = max(map(len, SOURCES))
        ids = torch.tensor([one + [PAD] * (longest - len(one)) for one in SOURCES])
        given = self.model.generate(
            ids, attention_mask=(ids != PAD).long(), return_dict_in_generate=True, output_scores=True, do_sample=False,
            **{"max_length": 20, "suppress_tokens": [PAD]} | settings,
        )  # fmt: skip
        scores = given.sequences_scores.tolist() if "sequences_scores" in given else [0.0] * len(given.sequences)
        each = len(given.sequences) // len(SOURCES)
        written = [Written.of(one, score) for one, score in zip(given.sequences.tolist(), scores, strict=True)]
        return [written[at : at + each] for at in range(0, len(written), each)]


@dataclass(frozen=True)
class Written:
    ids: tuple[int, ...]  # without the start token, the end token and the padding behind it
    score: float

    @classmethod
    def of(cls, sequence: list[int], score: float) -> Written:
        ids = sequence[1:]
        return cls(tuple(ids[: ids.index(EOS)] if EOS in ids else ids), score)


@cache
def generator(name: str) -> Generator:
    return Generator(KINDS[name])


def prompt(**settings: Any) -> Prompt:
    return Prompt(**{"start": (START,), "eos": EOS, "max_length": 20, "suppressed": (PAD,)} | settings)


def ours(settings: dict[str, Any]) -> dict[str, Any]:
    """Say to a prompt what `settings` say to `generate`."""
    said = {name: value for name, value in settings.items() if name in SAME}
    said["beams"] = settings.get("num_beams", 4)
    said["alternatives"] = settings.get("num_return_sequences", 1)
    said["forced_eos"] = "forced_eos_token_id" in settings
    if "forced_bos_token_id" in settings:
        said["prefix"] = (settings["forced_bos_token_id"],)
    said["banned"] = tuple(map(tuple, settings.get("bad_words_ids", [])))
    return said
