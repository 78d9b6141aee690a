"""Peer: transformers' `generate`, greedy, in sorted batches, in fp32 or with weights in bf16."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import LogitsProcessor, LogitsProcessorList, MarianMTModel, PreTrainedTokenizerFast

from benchmarks.speed.peers.translating import Translating, in_sorted_batches

ROWS = 32


class EndAt(LogitsProcessor):  # type: ignore[misc]
    """Ends each row at its own length, the start token among the tokens."""

    def __init__(self, lengths: Sequence[int], end: int) -> None:
        self.lengths, self.end = torch.tensor(lengths), end

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        over = self.lengths == input_ids.shape[1] + 1
        scores[over] = -torch.inf
        scores[over, self.end] = 0.0
        return scores


class TransformersTranslating(Translating):
    def open(self, folder: Path, precision: str = "fp32") -> None:
        dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        self.model: Any = MarianMTModel.from_pretrained(folder, dtype=dtype).eval()
        self.tokenizer: Any = PreTrainedTokenizerFast.from_pretrained(folder)

    def translated(self, texts: Sequence[str]) -> list[str]:
        sources = self.tokenizer(list(texts))["input_ids"]
        found = [""] * len(texts)
        for places in in_sorted_batches([len(ids) for ids in sources], ROWS):
            batch = self.tokenizer.pad({"input_ids": [sources[place] for place in places]}, return_tensors="pt")
            wanted = [self.lengths[texts[place]] for place in places]
            with torch.inference_mode():
                ids = self.model.generate(
                    **batch,
                    do_sample=False,
                    num_beams=1,
                    max_length=max(wanted),
                    logits_processor=LogitsProcessorList([EndAt(wanted, self.model.config.eos_token_id)]),
                )
            for place, text in zip(places, self.tokenizer.batch_decode(ids, skip_special_tokens=True), strict=True):
                found[place] = text
        return found


if __name__ == "__main__":
    TransformersTranslating().serve()
