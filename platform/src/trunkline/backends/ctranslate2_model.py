"""A model that CTranslate2 runs; its tokens are called by their ids."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ctranslate2

from trunkline.backends.piece import MANIFEST
from trunkline.contract.whole_model import WholeAnswer, WholeOrder, WholeSearch


class CTranslate2Model:
    """A `WholeModel`."""

    def __init__(self, files: Mapping[str, Path], computed: str, threads: int) -> None:
        """Load the `files` that were converted, by name."""
        content = {name: path.read_bytes() for name, path in files.items() if name != MANIFEST}
        vocabulary = content.get("target_vocabulary.json") or content["shared_vocabulary.json"]
        self._size = len(json.loads(vocabulary))
        self._end = int(json.loads(content["config.json"])["eos_token"])
        self._translator: Any = ctranslate2.Translator(
            "model", device="cpu", compute_type=computed, intra_threads=threads, inter_threads=1, files=content
        )

    def write(self, orders: Sequence[WholeOrder], search: WholeSearch) -> Sequence[Sequence[WholeAnswer]]:
        """Give each order's answers. Raises `ValueError` for a search with beams that does not say where it ends."""
        if search.beams > 1 and search.longest is None:
            raise ValueError("a search with beams ends at once for all of a batch: say its longest")
        results = self._translator.translate_batch(
            [_called(one.ids.tolist()) for one in orders],
            [_called(one.prefix) for one in orders] if any(one.prefix for one in orders) else None,
            beam_size=search.beams,
            num_hypotheses=search.alternatives,
            length_penalty=search.length_penalty,
            no_repeat_ngram_size=search.no_repeat_ngram_size,
            suppress_sequences=[_called([token]) for token in search.suppressed if token < self._size] or None,
            max_input_length=0,
            min_decoding_length=0,
            max_decoding_length=search.longest or max(one.longest for one in orders),
            return_scores=True,
            return_end_token=True,
            callback=_until(orders) if search.beams == 1 else None,
        )
        return [
            [
                _wrote(tokens, score, search.length_penalty, self._end)
                for tokens, score in zip(one.hypotheses, one.scores, strict=True)
            ]
            for one in results
        ]


def _called(ids: Sequence[int]) -> list[str]:
    return [str(token) for token in ids]


def _until(orders: Sequence[WholeOrder]) -> Callable[[Any], bool]:
    """Say when each row of a greedy search has as many tokens as it may."""

    def over(step: Any) -> bool:
        order = orders[step.batch_id]
        return bool(step.step + 1 >= order.longest)

    return over


def _wrote(called: Sequence[str], score: float, length_penalty: float, end: int) -> WholeAnswer:
    """Take an answer's score, which is divided by a power of its length, for what it was made of."""
    tokens = [int(token) for token in called]
    log_probability = score * max(1, len(tokens)) ** length_penalty
    finished = bool(tokens) and tokens[-1] == end
    return WholeAnswer(tuple(tokens[:-1] if finished else tokens), log_probability, finished)
