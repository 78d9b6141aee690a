"""A tiny model learns a few rows; what was tuned is measured on rows of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.quality import corpora as held
from benchmarks.quality import learning_row as row

import trunkline

ROWS = [
    {"source": "汤姆是个护士", "target": "Tom was a nurse."},
    {"source": "水是液体", "target": "Water is liquid."},
    {"source": "他去纽约", "target": "He goes to New York."},
    {"source": "我爱北京", "target": "I love Beijing."},
]


@pytest.fixture
def settings(home: Path) -> trunkline.Settings:
    return trunkline.Settings(home=home, threads=1)


def test_random_weights_learn_and_are_tuned_further(settings: trunkline.Settings) -> None:
    found = row.by_heart(ROWS * 8, settings, epochs=30, patience=30, batch_size=8, precision="fp32")
    assert found["pairs"] == 32
    assert found["bleu"] > 90 > found["bleu_of_random_weights"]
    assert found["settings"]["epochs"] == 30
    further = row.after("head", (ROWS, ROWS, ROWS[:2]), settings, start=found["model"], epochs=1, precision="fp32")
    assert (further["pairs"], further["test_pairs"], further["seed"]) == (4, 2, 0)
    assert further["settings"] == {"epochs": 1, "precision": "fp32"}
    assert further["bleu"] > 90


def test_pairs_are_single_sentences_that_come_once(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "ROOT", corpora)
    pairs = row.chinese_pairs()
    assert len(pairs) == row.PAIRS
    assert len({pair["source"] for pair in pairs}) == len({pair["target"] for pair in pairs}) == row.PAIRS
    assert not [pair for pair in pairs if any(sign.isdigit() for sign in pair["source"])]
    assert not [pair for pair in pairs if "。" in pair["source"][:-1]]
    assert pairs == row.chinese_pairs()
