"""The page says how many seeds were really run."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.quality import page_texts, store


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ([], "not measured yet"),
        (["banking77/tuned/seed-0"], "1 seed"),
        (["banking77/tuned/seed-0", "banking77/tuned/seed-1", "policyqa/tuned/seed-0"], "1 to 2 seeds"),
        (["banking77/bm25", "banking77/tuned/seed-0", "banking77/tuned/seed-1"], "2 seeds"),
    ],
)
def test_seeds_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: list[str], told: str) -> None:
    monkeypatch.setattr(store, "RESULTS", tmp_path)
    for key in keys:
        file = tmp_path / "retrieval" / f"{key}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('{"recall@1": 0.5, "recall@5": 0.5, "hybrid_recall@1": 0.5, "hybrid_recall@5": 0.5}')
    assert f"trained on pairs, {told}." in "\n".join(page_texts.searches_told())
