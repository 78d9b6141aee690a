"""Tiny models of three families, their own decoders as step decoders, and what transformers' `generate` gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import M2M100Config, M2M100ForConditionalGeneration, MarianConfig, MarianMTModel
from transformers import T5Config, T5ForConditionalGeneration
from transformers.modeling_outputs import BaseModelOutput

from trunkline_translation.search import Prompt

VOCABULARY, START, EOS, PAD = 61, 2, 3, 0
SOURCES = [[11, 12, 13, 14, 3], [40, 5, 3], [9, 9, 22, 31, 8, 52, 17, 3], [33, 3], [7, 6, 5, 4, 3], [58, 19, 44, 3]]
ENDING = {"marian": 2.0, "m2m100": 3.0, "t5": 4.0}  # what is added to the end token's logit, for lengths to vary
SHARPNESS = {"marian": 0.7, "m2m100": 0.7, "t5": 3.0}
FAMILIES = sorted(ENDING)


def _marian() -> Any:
    return MarianMTModel(
        MarianConfig(
            vocab_size=VOCABULARY, d_model=16, encoder_layers=1, decoder_layers=2, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=24, decoder_ffn_dim=24, max_position_embeddings=64, init_std=0.6,
            pad_token_id=PAD, eos_token_id=EOS, bos_token_id=1, decoder_start_token_id=START, forced_eos_token_id=None,
        )
    )  # fmt: skip


def _m2m100() -> Any:
    return M2M100ForConditionalGeneration(
        M2M100Config(
            vocab_size=VOCABULARY, d_model=16, encoder_layers=1, decoder_layers=2, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=24, decoder_ffn_dim=24, max_position_embeddings=64, init_std=0.6,
            pad_token_id=PAD, eos_token_id=EOS, bos_token_id=1, decoder_start_token_id=START,
        )
    )  # fmt: skip


def _t5() -> Any:
    return T5ForConditionalGeneration(
        T5Config(
            vocab_size=VOCABULARY, d_model=16, d_kv=8, d_ff=24, num_layers=2, num_decoder_layers=2, num_heads=2,
            pad_token_id=PAD, eos_token_id=EOS, decoder_start_token_id=START, tie_word_embeddings=False,
            initializer_factor=2.0,
        )
    )  # fmt: skip


@dataclass
class Rows:
    """Nothing is kept but the memories and the tokens: each step reads all of them anew."""

    memories: list[np.ndarray]
    tokens: list[list[int]]

    @property
    def rows(self) -> int:
        return len(self.tokens)

    def take(self, rows: np.ndarray) -> Rows:
        return Rows([self.memories[row] for row in rows], [list(self.tokens[row]) for row in rows])

    def joined(self, other: Rows) -> Rows:
        return Rows(self.memories + other.memories, self.tokens + other.tokens)


class Family:
    """One tiny model in float64 with random weights, and its decoder as transformers itself runs it."""

    def __init__(self, name: str, seed: int = 5) -> None:
        torch.manual_seed(seed)
        self.model = {"marian": _marian, "m2m100": _m2m100, "t5": _t5}[name]().double().eval()
        head = torch.nn.Linear(16, VOCABULARY, bias=True, dtype=torch.float64)
        with torch.no_grad():
            head.weight.normal_(std=SHARPNESS[name])  # of its own: tied to the embeddings it repeats itself for ever
            head.bias.zero_()
            head.bias[EOS] = ENDING[name]
        self.model.lm_head = head
        self.widest = 0

    def memories(self) -> list[np.ndarray]:
        with torch.no_grad():
            return [self.model.get_encoder()(torch.tensor([one])).last_hidden_state[0].numpy() for one in SOURCES]

    def start(self, memories: list[np.ndarray]) -> Rows:
        return Rows(list(memories), [[] for _ in memories])

    def step(self, ids: np.ndarray, cache: Rows) -> np.ndarray:
        self.widest = max(self.widest, len(ids))
        for tokens, token in zip(cache.tokens, ids.tolist(), strict=True):
            tokens.append(token)
        logits = np.zeros((cache.rows, VOCABULARY), np.float32)
        for length in {len(tokens) for tokens in cache.tokens}:
            rows = [row for row, tokens in enumerate(cache.tokens) if len(tokens) == length]
            logits[rows] = self._read([cache.memories[row] for row in rows], [cache.tokens[row] for row in rows])
        return logits

    def _read(self, memories: list[np.ndarray], tokens: list[list[int]]) -> np.ndarray:
        padded = torch.zeros(len(memories), max(map(len, memories)), 16, dtype=torch.float64)
        seen = torch.zeros(padded.shape[:2], dtype=torch.long)
        for row, memory in enumerate(memories):
            padded[row, : len(memory)] = torch.from_numpy(memory)
            seen[row, : len(memory)] = 1
        with torch.no_grad():
            states = BaseModelOutput(last_hidden_state=padded)
            given = self.model(encoder_outputs=states, attention_mask=seen, decoder_input_ids=torch.tensor(tokens))
        return given.logits[:, -1].float().numpy()

    def generate(self, sources: list[list[int]], **settings: Any) -> list[list[Written]]:
        """Give what transformers writes for each of `sources`, best first; scores of beam searches only."""
        longest = max(map(len, sources))
        ids = torch.tensor([one + [PAD] * (longest - len(one)) for one in sources])
        seen = torch.tensor([[1] * len(one) + [0] * (longest - len(one)) for one in sources])
        given = self.model.generate(
            ids, attention_mask=seen, return_dict_in_generate=True, output_scores=True, do_sample=False, **settings
        )
        scores = given.sequences_scores.tolist() if "sequences_scores" in given else [None] * len(given.sequences)
        each = len(given.sequences) // len(sources)
        written = [written_ids(one, score) for one, score in zip(given.sequences.tolist(), scores, strict=True)]
        return [written[at : at + each] for at in range(0, len(written), each)]


@dataclass(frozen=True)
class Written:
    ids: tuple[int, ...]
    score: float | None


def written_ids(sequence: list[int], score: float | None) -> Written:
    """Cut the start token, the end token and what stands behind it."""
    ids = sequence[1:]
    return Written(tuple(ids[: ids.index(EOS)] if EOS in ids else ids), score)


def prompt(**settings: Any) -> Prompt:
    return Prompt(**{"start": (START,), "eos": EOS, "max_length": 20, "suppressed": (PAD,)} | settings)
