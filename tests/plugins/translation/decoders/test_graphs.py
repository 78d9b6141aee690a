"""A decoder in OpenVINO's graphs against the same in torch: every family, rows that come, go and change places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from decoder_pairs import VOCABULARY, WIDTH, make

from trunkline import InvalidInput
from trunkline.backends.openvino_core import options, ov
from trunkline.backends.openvino_decoder import OpenVinoDecoder, saved
from trunkline.backends.openvino_decoder_conversion import decoder_graphs
from trunkline_translation.decoders.decoder import Decoder
from trunkline_translation.decoders.graphs import modules
from trunkline_translation.decoders.stepper import Stepper
from trunkline_translation.search import Prompt
from trunkline_translation.search.session import decode_all


def compiled(decoder: Decoder, folder: Path) -> OpenVinoDecoder:
    saved(decoder_graphs(modules(decoder), WIDTH), folder)
    return OpenVinoDecoder(ov.Core(), {path.name: path for path in folder.iterdir()}, options("fp32", 1))


class Both:
    """One cache of each, which are treated alike."""

    def __init__(self, engines: tuple[Any, Any], caches: tuple[Any, Any]) -> None:
        self.engines, self.caches = engines, caches

    @classmethod
    def start(cls, engines: tuple[Any, Any], *lengths: int, seed: int = 0) -> Both:
        draw = np.random.default_rng(seed)
        memories = [draw.standard_normal((length, WIDTH), dtype=np.float32) for length in lengths]
        return cls(engines, tuple(engine.start(memories) for engine in engines))

    def step(self, count: int = 1) -> Both:
        for _ in range(count):
            ids = np.random.default_rng(self.caches[0].rows).integers(5, 40, self.caches[0].rows)
            expected, found = (engine.step(ids, cache) for engine, cache in zip(self.engines, self.caches, strict=True))
            np.testing.assert_allclose(found, expected, rtol=0, atol=2e-4)
        return self

    def take(self, *rows: int) -> Both:
        self.caches = tuple(cache.take(np.array(rows, dtype=np.intp)) for cache in self.caches)
        assert self.caches[1].rows == len(rows)
        return self

    def join(self, other: Both) -> Both:
        self.caches = tuple(ours.joined(theirs) for ours, theirs in zip(self.caches, other.caches, strict=True))
        return self


def test_every_family(decoder: Decoder, tmp_path: Path) -> None:
    engines = Stepper(decoder.float().prepare()), compiled(decoder, tmp_path)
    rows_come_and_go(engines)
    searches_find_the_same(engines, decoder)


def rows_come_and_go(engines: tuple[Any, Any]) -> None:
    both = Both.start(engines, 5, 9, 1).step(3)
    both.join(Both.start(engines, 12, 2, seed=1)).step(2)
    both.take(0, 2, 3, 4).step(2)
    both.take(3, 3, 1, 1, 0, 0, 0).step(2).take(6, 1, 0, 2, 3, 3, 4).step(3)
    both.join(Both.start(engines, 20, seed=2).step(11)).step(2)
    both.take(7, 1).step(2).take(1).step()
    both.join(Both.start(engines, 3, 3, seed=3)).step()


def searches_find_the_same(engines: tuple[Any, Any], decoder: Decoder) -> None:
    draw = np.random.default_rng(1)
    memories = [draw.standard_normal((length, WIDTH), dtype=np.float32) for length in (3, 14, 6, 8, 2, 5)]
    tokens = decoder.config.tokens
    prompts = [
        Prompt(start=(max(0, tokens.start),), eos=tokens.eos, max_length=6 + 5 * (number % 3), beams=1 + number % 3)
        for number in range(len(memories))
    ]
    jobs = list(zip(memories, prompts, strict=True))
    expected, found = (decode_all(engine, VOCABULARY, jobs, rows=7) for engine in engines)
    assert [[one.ids for one in result.hypotheses] for result in found] == [
        [one.ids for one in result.hypotheses] for result in expected
    ]


def test_positions_end(tmp_path: Path) -> None:
    decoder = make("bart").decoder.float()
    engine = compiled(decoder, tmp_path)
    cache = engine.start([np.zeros((2, WIDTH), np.float32)])
    for _ in range(decoder.positions or 0):
        engine.step(np.array([7]), cache)
    with pytest.raises(InvalidInput, match="reads 80"):
        engine.step(np.array([7]), cache)


def test_long_memories_are_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trunkline.backends.openvino_decoder.AT_ONCE", 10)
    decoder = make("marian").decoder.float()
    Both.start((Stepper(decoder.prepare()), compiled(decoder, tmp_path)), 3, 12, 4, 5, 11, 1, 2).step(2)
