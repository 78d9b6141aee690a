"""What is laid flat comes back as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from serving_world import random_texts

from trunkline.archive.tables import Tables, source_of, tables_of
from trunkline.prediction.source import SourceRow
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.trunk.windows import cut, pad


@pytest.fixture
def rows() -> list[SourceRow]:
    rows = [SourceRow(f"a.jsonl:{i}", i, {"text": text, "id": i}) for i, text in enumerate(random_texts(60), 1)]
    return [*rows, SourceRow("a.jsonl:61", 61, {"text": "where\nis\u2028it", "text_pair": "lost card"})]


def test_rows_tokens_and_windows_come_back(tiny_trunk: Path, rows: list[SourceRow]) -> None:
    tokenizer = Tokenizer.from_folder(tiny_trunk)
    encoded = tokenizer.encode([source_of(row) for row in rows])
    windows = [cut(one, tokenizer) for one in encoded]
    tables = Tables(tables_of(rows, encoded, windows))
    assert [(row.place, row.fields) for row in tables.rows] == [(row.place, row.fields) for row in rows]
    for found, expected in zip(tables.encoded, encoded, strict=True):
        assert found.source == expected.source
        for name in ("ids", "offsets", "sides", "word_starts"):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), strict=True)
    for (start, end), of_row in zip(tables.windows_of_rows, windows, strict=True):
        for found_window, window in zip(tables.windows[start:end], of_row, strict=True):
            for name in ("ids", "type_ids", "positions", "depths"):
                np.testing.assert_array_equal(getattr(found_window, name), getattr(window, name), strict=True)


def test_a_gathered_batch_is_the_padded_one(tiny_trunk: Path, rows: list[SourceRow]) -> None:
    tokenizer = Tokenizer.from_folder(tiny_trunk)
    encoded = tokenizer.encode([source_of(row) for row in rows])
    tables = Tables(tables_of(rows, encoded, [cut(one, tokenizer) for one in encoded]))
    chosen = np.array([3, 60, 1, 20])
    expected = pad([tables.windows[index] for index in chosen], tokenizer.pad_id)
    batch, slots = tables.padded(chosen, expected.ids.shape[1], tokenizer.pad_id)
    for name in ("ids", "type_ids", "mask"):
        np.testing.assert_array_equal(getattr(batch, name), getattr(expected, name), strict=True)
    np.testing.assert_array_equal(tables.arrays["slots.ids"][slots[batch.mask]], expected.ids[expected.mask])
