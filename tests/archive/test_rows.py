"""The first look at an archive, and the shards it is cut into."""

from __future__ import annotations

from pathlib import Path

import pytest

from trunkline.archive import rows as of_archive
from trunkline.archive.rows import shards, survey
from trunkline.errors import DataError
from trunkline.prediction.source import SourceRow, rows
from trunkline.progress import Silent
from trunkline.store.blobs import sha256_of


def test_all_rows_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    lines = [
        '{"text": "good"}',
        "no json",
        '{"txt": "x"}',
        '{"text": 7}',
        '{"text": "\\ud800"}',
        '{"text": "too long"}',
    ]
    source.write_text("\n".join([*lines, '{"text": "a", "text_pair": 1}']) + "\n")
    with pytest.raises(DataError) as caught:
        survey(source, {}, 7, Silent())
    told = caught.value.problems
    assert [problem.split(": ")[0] for problem in told] == [f"a.jsonl:{number}" for number in range(2, 8)]
    for problem, part in zip(told, ("not JSON", "Field required", "is int", "surrogate", "at most 7"), strict=False):
        assert part in problem
    assert "text_pair" in told[-1]


def test_a_survey_counts_hashes_and_samples_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "a.txt"
    source.write_text("".join(f"{number}\n" for number in range(2000)))
    monkeypatch.setattr(of_archive, "SAMPLED", 200)
    found = survey(source, {}, 100, Silent())
    assert (found.rows, found.bytes, found.sha256) == (2000, source.stat().st_size, sha256_of(source))
    sampled = [int(one.text) for one in found.sample]
    assert len(set(sampled)) == 200
    assert 800 < sum(sampled) / 200 < 1200  # the mean of all is 999.5; its standard error here is 41


def test_shards_hold_every_row_once_and_are_cut_alike_from_any_shards_end(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_archive, "SHARD_ROWS", 16)
    monkeypatch.setattr(of_archive, "SHARD_CHARACTERS", 900)
    read = list(rows(archive, {}))
    whole = list(shards(read))
    assert [row for shard in whole for row in shard] == read
    assert len({len(shard) for shard in whole}) > 2  # cut by rows and by characters
    assert list(shards(read[len(whole[0]) + len(whole[1]) :])) == whole[2:]


def test_a_kill_loses_little_of_a_small_archive() -> None:
    """The states of 6,000 short texts are made durable at least twenty times."""
    short = (SourceRow(f"a.txt:{number}", 0, {"text": "where is my order"}) for number in range(6000))
    assert len(list(shards(short))) >= 20
