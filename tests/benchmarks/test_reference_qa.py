"""The reference for questions about texts: windows hold the right tokens, and perfect scores give perfect answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.quality import policyqa_row, policyqa_timed, reference_qa
from benchmarks.quality.corpora import Corpus
from benchmarks.quality.reference_qa import Answering

SENTENCE = "nothing is said here of that . "
CONTEXT = SENTENCE * 12 + "we keep data for five days . " + SENTENCE * 12


def row(question: str, context: str, text: str, policy: str = "p") -> dict[str, Any]:
    answers = [{"text": text, "answer_start": context.index(text)}]
    return {"question": question, "context": context, "answers": answers, "policy": policy}


ROWS = [
    row("how long ?", CONTEXT, "five days"),
    row("who ?", "ada keeps it .", "ada"),
    row("what ?", "we keep data for five days .", "data"),
]


@pytest.fixture
def answering(tiny_trunk: Path, monkeypatch: pytest.MonkeyPatch) -> Answering:
    from transformers import AutoTokenizer

    monkeypatch.setattr(reference_qa, "LENGTH", 48)
    monkeypatch.setattr(reference_qa, "STRIDE", 16)
    return Answering(ROWS, AutoTokenizer.from_pretrained(tiny_trunk))


def test_windows_name_the_answer_where_they_hold_it_whole(answering: Answering) -> None:
    features = answering.encode(ROWS)
    assert len(features) > len(ROWS) + 2
    for number, asked in enumerate(ROWS):
        of_row = [feature for feature in features if feature["row"] == number]
        held = [feature for feature in of_row if feature["labels"] != [0, 0]]
        assert held
        for feature in held:
            first, last = feature["labels"]
            said = asked["context"][feature["places"][first][0] : feature["places"][last][1]]
            assert said == asked["answers"][0]["text"]
        assert len(held) < len(of_row) or len(of_row) == 1


def test_perfect_scores_are_perfect_answers(answering: Answering) -> None:
    features = answering.encode(ROWS)
    logits = []
    for feature in features:
        scores = np.zeros((len(feature["input_ids"]), 2), dtype=np.float32)
        scores[feature["labels"][0], 0] += 5
        scores[feature["labels"][1], 1] += 5
        logits.append(scores)
    assert answering.score(logits, features, ROWS) == {"f1": 1.0, "exact_match": 1.0}


def test_types_are_those_of_bert(answering: Answering, tiny_trunk: Path) -> None:
    """0 up to the first separator, 1 from there to the last: what the model reads off the separators."""
    import torch

    model = answering.model(str(tiny_trunk)).eval()
    asked = answering.tokenizer([ROWS[1]["question"]], [ROWS[1]["context"]], return_tensors="pt")
    sides = asked.sequence_ids(0)
    last = len(sides) - 1
    asked["token_type_ids"] = torch.tensor([[int(side == 1 or place == last) for place, side in enumerate(sides)]])
    with torch.inference_mode():
        expected = model.model(**asked)
        found = model(asked["input_ids"], asked["attention_mask"])["logits"]
    assert torch.equal(found[..., 0], expected.start_logits)
    assert torch.equal(found[..., 1], expected.end_logits)


def test_both_sides_run_on_little(tiny_trunk: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole of the row, on a tiny trunk: reference, joint, apart, and the time of a question."""
    import trunkline

    settings = trunkline.Settings(home=home, threads=1)
    monkeypatch.setattr(policyqa_row, "SETTINGS", settings)
    monkeypatch.setattr(policyqa_timed, "SETTINGS", settings)
    monkeypatch.setattr(policyqa_timed, "HOME", home)
    places = ["london", "paris", "tokyo", "berlin", "rome", "oslo"]
    rows = [
        row(f"where is {number} ?", f"number {number} is in {place} .", place)
        for number, place in enumerate(places * 4)
    ]
    corpus = Corpus("policyqa", "qa", "f1", 2, 1, lambda: (rows, rows[:12], rows), "-")
    reference = policyqa_row.run_reference(corpus, str(tiny_trunk), 0, 1e-3, bf16=False)
    assert {"dev", "test", "dev_exact", "test_exact", "seconds"} <= reference.keys()
    quick = {"trunk": str(tiny_trunk), "precision": "fp32", "stem_backend": "torch"}
    joint, apart = (policyqa_row.tune_once(corpus, 0, place, **quick) for place in (None, (2, 1)))
    assert (joint["fork_layer"], apart["fork_layer"], apart["joined_at"]) == (2, 2, 2)
    models = {"joint": joint["model"], "apart-3": apart["model"]}
    timed = policyqa_timed.compare(corpus, models, questions=2, rounds=2)
    assert timed["ratios"] == {"apart-3": timed["medians"]["joint"] / timed["medians"]["apart-3"]}
    made = [policyqa_timed.reference(corpus, place, **quick) for place in (None, (2, 1), None)]
    assert made == ["qa/timed-joint-3@1", "qa/timed-apart-2-1@1", "qa/timed-joint-3@1"]
    asked = [list(batch) for batch in policyqa_timed.batches(rows, 2, 2)]
    assert len({question for batch in asked for question, _ in batch}) == 4
    assert all(len(set(passages)) == policyqa_timed.PASSAGES for batch in asked for _, passages in batch)
