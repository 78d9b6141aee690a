"""The translators of the speed benchmark: every side writes the same tokens, each sentence as long as was drawn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.speed import translators
from benchmarks.speed.figures import times_best
from benchmarks.speed.ours_translating import OursTranslating
from benchmarks.speed.peers.transformers_translating import TransformersTranslating
from benchmarks.speed.peers.translating import Translating, in_sorted_batches
from benchmarks.speed.translators import Sentences, Shape

SHAPE = Shape(1, 16, 2, 32, 300)


@pytest.fixture
def sentences() -> Sentences:
    return translators.drawn(SHAPE, 5)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(translators, "MADE", tmp_path)
    monkeypatch.setattr(translators, "HOME", tmp_path / "home")
    return tmp_path


def test_what_is_drawn_is_distinct_and_always_the_same(sentences: Sentences) -> None:
    assert sentences == translators.drawn(SHAPE, 5)
    assert len(set(sentences.texts)) == 5
    assert [len(text.split()) + 1 for text in sentences.texts] == sentences.tokens
    assert sentences.told()["target_tokens"] == sum(length - 1 for length in sentences.wanted)


def test_words_differ() -> None:
    words = translators.vocabulary(translators.OPUS)
    assert len(set(words)) == len(words) == 58_100


def test_ours_and_transformers_write_the_same_at_the_lengths_drawn(made: Path, sentences: Sentences) -> None:
    workload = made / "workload.json"
    asks = {SHAPE.reference: list(range(5))}
    workload.write_text(json.dumps({"texts": sentences.texts, "asks": asks}))
    lengths = sentences.kept()
    found = {}
    own, other = OursTranslating(), TransformersTranslating()
    own.load(str(translators.registered(SHAPE)), [SHAPE.reference], lengths, backend="torch", threads=1)
    other.load(str(translators.whole(SHAPE)), lengths)
    for name, side in (("own", own), ("other", other)):
        side.workload(str(workload))
        assert side.run(str(made / name))["seconds"] > 0
        found[name] = [text for text, _ in json.loads((made / name).read_text())[SHAPE.reference]]
    own.engine.close()
    assert found["own"] == found["other"]
    assert [len(text.split()) + 2 for text in found["own"]] == sentences.wanted  # a start and an end besides


def test_a_peer_answers_in_the_order_asked(tmp_path: Path) -> None:
    class Louder(Translating):
        def open(self, folder: Path) -> None:
            self.folder = folder

        def translated(self, texts: list[str]) -> list[str]:
            return [text.upper() for text in texts]

    peer, workload = Louder(), tmp_path / "workload.json"
    workload.write_text(json.dumps({"texts": ["a", "b", "c"], "asks": {"model": [2, 0]}}))
    peer.load(str(tmp_path))
    peer.workload(str(workload))
    peer.run(str(tmp_path / "answers.json"))
    assert json.loads((tmp_path / "answers.json").read_text()) == {"model": [["C", 0.0], ["A", 0.0]]}


def test_batches_hold_the_longest_first() -> None:
    assert list(in_sorted_batches([3, 9, 5], 2)) == [[1, 2], [0]]


def test_the_best_of_each_kind_are_held_together() -> None:
    found = {"medians": {"torch-fp32": 4.0, "torch-bf16": 2.0, "transformers-fp32": 6.0, "transformers-bf16": 8.0}}
    assert times_best("transformers", "torch")(found) == 3.0
    assert times_best("transformers", "openvino")(found) is None
