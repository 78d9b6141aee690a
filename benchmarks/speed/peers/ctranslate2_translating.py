"""Peer: CTranslate2 alone, greedy, in sorted batches, in int8 or another of its types."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ctranslate2
from tokenizers import Tokenizer

from benchmarks.speed.peers.translating import Translating, in_sorted_batches

ROWS = 64
END = "</s>"


class CTranslate2Translating(Translating):
    def open(self, folder: Path, precision: str = "int8") -> None:
        """Convert the Hugging Face folder, once, and load it in `precision`."""
        threads = len(os.sched_getaffinity(0))
        self.model: Any = ctranslate2.Translator(str(_converted(folder)), compute_type=precision, intra_threads=threads)
        self.tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()

    def translated(self, texts: Sequence[str]) -> list[str]:
        sources = [one.tokens for one in self.tokenizer.encode_batch(list(texts))]
        found = [""] * len(texts)
        for places in in_sorted_batches([len(tokens) for tokens in sources], ROWS):
            answers = self._batch(
                [sources[place] for place in places], [self.lengths[texts[place]] for place in places]
            )
            for place, tokens in zip(places, answers, strict=True):
                ids = [self.tokenizer.token_to_id(token) for token in tokens]
                found[place] = self.tokenizer.decode(ids)
        return found

    def _batch(self, sources: list[list[str]], wanted: Sequence[int]) -> list[list[str]]:
        """Stop each row at its own length: the start and the end, which it does not count, are among `wanted`."""

        def over(step: Any) -> bool:
            return bool(step.step + 1 >= wanted[step.batch_id] - 2)

        results = self.model.translate_batch(sources, beam_size=1, max_decoding_length=max(wanted), callback=over)
        return [result.hypotheses[0] for result in results]


def _converted(folder: Path) -> Path:
    made = folder.with_name(f"{folder.name}-ctranslate2")
    if not made.is_dir():
        aside = folder.with_name(f"{made.name}.part")
        shutil.rmtree(aside, ignore_errors=True)
        ctranslate2.converters.TransformersConverter(str(folder)).convert(str(aside))
        aside.rename(made)
    return made


if __name__ == "__main__":
    CTranslate2Translating().serve()
