"""A log from lines to figures."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from estimate_shapes import TRUNK, version

from trunkline import EncoderInput, InvalidInput
from trunkline.estimate.estimate import Estimate, count_log
from trunkline.estimate.meaning import Meanings
from trunkline.estimate.sharing import Layers
from trunkline.estimate.verdict import verdict
from trunkline.prediction.source import SourceRow
from trunkline.serving.table import Table
from trunkline.trunk.tokenizer import Tokenizer


def rows(*fields: dict[str, object]) -> Iterator[SourceRow]:
    return (SourceRow(f"log.jsonl:{number}", 0, one) for number, one in enumerate(fields, 1))


def words(texts: Sequence[str]) -> list[int]:
    return [2 + len(text.split()) for text in texts]


@pytest.fixture
def meanings() -> Meanings:
    return Meanings(Table.of([version("ner", "tickets", 1), version("classification", "intents", 1)], [TRUNK]))


def test_a_small_log(meanings: Meanings) -> None:
    """Forks 2 + 1 of 3 layers. Text one of 10 tokens meets both tasks, two of 20 meets one: 3 x 40 layers whole.

    Shared: 10 x (2 + 1 + 1) + 20 x (2 + 1) = 100 layers times tokens; 3 requests in 10 seconds.
    """
    found: Estimate = count_log(
        rows(
            {"text": "one", "task": "ner", "tokens": 10, "time": 0},
            {"text": "one", "model": "intents", "tokens": 10, "time": 0.5},
            {"text": "two", "task": "ner", "tokens": 20, "time": 10},
        ),
        meanings,
        words,
    )
    assert found.layers == Layers(whole=120.0, alone=120.0, shared=100.0)
    assert (found.traffic.several, found.rate) == (1, pytest.approx(0.3))


def test_a_rate_that_is_given_stands(meanings: Meanings) -> None:
    line = {"text": "one", "task": "ner"}
    assert count_log(rows(line), meanings, words).rate is None
    assert count_log(rows(line), meanings, words, rate=7.0).rate == 7.0


def test_so_short_a_time_tells_no_rate(meanings: Meanings) -> None:
    line = {"text": "one", "task": "ner"}
    found = count_log(rows({**line, "time": 0}, {**line, "time": 1e-300}), meanings, words)
    assert found.rate is None
    assert any("less than 1 s tell no rate: --rate" in one for one in verdict(found))
    assert count_log(rows({**line, "time": 0}, {**line, "time": 1}), meanings, words).rate == 2.0
    given = count_log(rows({**line, "time": 0}, {**line, "time": 1e-300}), meanings, words, rate=3.0)
    assert given.rate == 3.0
    assert not any("tell no rate" in one for one in verdict(given))


def test_tokens_are_guessed_from_what_texts_have(meanings: Meanings) -> None:
    """Three words in 11 characters and two special tokens: 3 / 11 a character; a hash has as many as is usual."""
    found = count_log(rows({"text": "one two abc", "task": "ner"}, {"hash": "x", "task": "ner"}), meanings, words)
    assert found.traffic.tokens == pytest.approx(5 + 5)
    assert found.sizes.per_character == pytest.approx(3 / 11)


def test_a_log_without_requests_is_refused(meanings: Meanings) -> None:
    with pytest.raises(InvalidInput, match="no requests"):
        count_log(rows(), meanings, words)


def test_memory_grows_with_distinct_texts_alone(meanings: Meanings) -> None:
    """A hundred texts asked 400 times each: texts of a kilobyte, 40 MB of them, leave some hundred kilobytes."""

    def log() -> Iterator[SourceRow]:
        for number in range(40_000):
            yield SourceRow("", 0, {"text": f"{number % 100:1000}", "task": "ner", "tokens": 9})

    tracemalloc.start()
    count_log(log(), meanings, words)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4e6


def test_a_tokenizer_counts_what_it_encodes(tiny_trunk: Path) -> None:
    texts = ["", "ada met karl", "Where IS my order?!", "a\u2028b \U0001f600 [SEP] ünïcode", "lost " * 200]
    tokenizer = Tokenizer.from_folder(tiny_trunk)
    encoded = tokenizer.encode([EncoderInput(text) for text in texts])
    assert tokenizer.count(texts) == [len(one) + tokenizer.template.single.size for one in encoded]
