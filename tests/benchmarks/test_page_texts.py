"""What the page says of searches and policies follows from what was measured, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.quality import page_texts, store


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(store, "RESULTS", tmp_path)
    return tmp_path


def write(results: Path, key: str, **values: float) -> None:
    path = results / f"{key}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))


def test_seeds_are_counted(results: Path) -> None:
    """A tuned search says how many seeds its mean is of, and one that was not tuned says nothing."""
    for seed in (0, 1):
        found = {f"{kind}recall@{cutoff}": 0.5 + 0.1 * seed for kind in ("", "hybrid_") for cutoff in (1, 5)}
        write(results, f"retrieval/banking77/tuned/seed-{seed}", **found)
    lines = list(page_texts.searches_told())
    assert any(line.startswith("| Banking77") and line.count("(2)") == 2 for line in lines)
    assert any(line.startswith("| PolicyQA") and line.endswith("| - | - |") for line in lines)


def test_every_learning_rate_is_told(results: Path) -> None:
    for rate in (1e-4, 2e-4):
        write(
            results, f"reference/policyqa/rate-{rate:g}/seed-0",
            rate=rate, seed=0, dev=0.4, test=0.3, test_exact=0.1, seconds=60.0,
        )  # fmt: skip
    lines = list(page_texts.policies_told())
    assert [line.split("|")[2].strip() for line in lines if line.startswith("| reference")] == ["0.0001", "0.0002"]
    assert any("read together" in line and "not measured yet" in line for line in lines)


def test_the_time_of_a_question_is_told_of_each_way(results: Path) -> None:
    path = results / "timing/policyqa/five-passages/openvino.json"
    path.parent.mkdir(parents=True)
    medians = {"joint": 20.0, "apart-3": 12.5, "apart-3-2": 8.0}
    ratios = {"apart-3": 1.6, "apart-3-2": 2.5}
    path.write_text(
        json.dumps({"precision": "bf16", "passages": 5, "rounds": [1, 2], "medians": medians, "ratios": ratios})
    )
    told = "\n".join(page_texts.policies_told())
    assert "in openvino bf16" in told
    assert "in torch: not measured yet" in told
    assert "12.5 ms, 1.60 times" in told
    assert "8.0 ms, 2.50 times" in told
