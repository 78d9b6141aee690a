"""The streams of the speed benchmark are what its page says of them, and the same each time."""

from __future__ import annotations

from statistics import mean

import pytest
from benchmarks.speed import texts, workloads


def words(found):
    """A token a word, and the two special ones."""
    return [len(text.split()) + workloads.SPECIAL for text in found]


@pytest.fixture(autouse=True)
def _no_corpora(monkeypatch, tmp_path):
    monkeypatch.setattr(texts, "CORPORA", tmp_path / "absent")


def test_short_messages_have_their_mean():
    stream = workloads.short(1000, words)
    assert mean(stream.lengths) == pytest.approx(workloads.SHORT_MEAN, rel=0.05)
    assert max(stream.lengths) <= workloads.SHORT_MOST


def test_mixed_lengths_have_their_mean_and_a_long_tail():
    stream = workloads.mixed(2000, words)
    assert mean(stream.lengths) == pytest.approx(workloads.MIXED_MEAN, rel=0.08)
    assert max(stream.lengths) > 4 * workloads.MIXED_MEAN
    assert max(stream.lengths) <= workloads.MIXED_MOST


def test_long_documents_lie_in_their_range():
    stream = workloads.long(50, words)
    assert min(stream.lengths) >= workloads.LONG_LEAST
    assert max(stream.lengths) <= workloads.LONG_MOST


def test_texts_differ_and_a_seed_gives_the_same():
    once, again = workloads.short(500, words), workloads.short(500, words)
    assert once == again
    assert len(set(once.texts)) == 500
    assert workloads.short(500, words, seed=1).texts != once.texts


def test_lengths_are_what_the_tokenizer_counts():
    stream = workloads.exact(20, 16, words)
    assert list(stream.lengths) == words(stream.texts)
    assert max(stream.lengths) <= 16


def test_texts_of_corpora_are_read_where_they_are(monkeypatch, tmp_path):
    (tmp_path / "banking77").mkdir()
    (tmp_path / "banking77" / "train.csv").write_text("text,category\nwhere is  my card,lost\n", encoding="utf-8")
    monkeypatch.setattr(texts, "CORPORA", tmp_path)
    assert texts.sentences() == ("corpora", ["where is my card"])
