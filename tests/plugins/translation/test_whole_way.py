"""From a checkpoint to a translation over HTTP: imported, asked as transformers would write, tuned further."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import trunkline
from translators import marian_folder
from trunkline import InvalidInput, NotFound, Settings, load_plugins
from trunkline.api.app import create_app
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry
from trunkline.tuning.importing import import_model

TEXTS = ["where is my order", "ada met charles", "please cancel it today", "my card is lost"]
PLAIN = {"protect": False, "max_length": 20}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("marian")
    marian_folder(folder, languages=())
    name_pair(folder, "eng", "deu")
    return folder


def name_pair(folder: Path, source: str, target: str) -> None:
    """Say in the tokenizer's configuration what it translates, as OPUS-MT's folders do."""
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"source_lang": source, "target_lang": target}))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), threads=1, deadline_seconds=120)


@pytest.fixture(scope="module")
def imported(settings: Settings, folder: Path) -> trunkline.Version:
    return import_model("translation/tiny", folder, settings)


@pytest.fixture(scope="module")
def labelled(settings: Settings, imported: trunkline.Version) -> trunkline.Version:
    """A classification head on the translator's own trunk."""
    rows = [
        {"text": text, "label": label}
        for text, label in zip(TEXTS * 6, ["order", "name", "order", "card"] * 6, strict=True)
    ]
    result = trunkline.tune(
        "classification", name="labels", data=rows, dev=rows[:4], trunk=imported.trunk_id, tuning="head", epochs=5,
        settings=settings,
    )  # fmt: skip
    return result.version


@pytest.fixture(scope="module")
def client(
    settings: Settings, imported: trunkline.Version, labelled: trunkline.Version
) -> Iterator[tuple[TestClient, Engine]]:
    with Registry.open(settings) as registry:
        plugins = load_plugins()
        with Engine(RegistryCatalog(registry), plugins, settings, follow=False) as engine:
            yield TestClient(create_app(engine, plugins, registry, settings)), engine


def test_what_was_written_is_counted(client: tuple[TestClient, Engine]) -> None:
    """Of the versions that write, and of no other."""
    before = client[1].stats().versions.get("translation/tiny@1")
    client[0].post("/v1/translation", json={"text": "\n".join(TEXTS), **PLAIN})
    client[0].post("/v1/classification", json={"text": TEXTS[0]})
    lines = client[0].get("/metrics").text.splitlines()
    told = len(TEXTS) + (before.written if before else 0)
    assert f'trunkline_answers_written_total{{model="translation/tiny@1"}} {told:.1f}' in lines
    assert 'trunkline_answers_writing{model="translation/tiny@1"} 0.0' in lines
    assert not [line for line in lines if line.startswith("trunkline_answers") and "classification" in line]


def theirs(folder: Path, texts: list[str], **options: Any) -> list[list[str]]:
    """Give what transformers writes for each text alone, all hypotheses."""
    import torch
    from transformers import MarianMTModel, MarianTokenizer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it recommends a library that the ids do not depend on
        tokenizer = MarianTokenizer.from_pretrained(folder)
    model = MarianMTModel.from_pretrained(folder).eval()
    model.generation_config.forced_eos_token_id = None  # an end that is forced would hide that a text was cut
    found = []
    for text in texts:
        given = tokenizer([text], return_tensors="pt")
        with torch.no_grad():
            ids = model.generate(**given, max_length=20, **options)
        found.append([one.strip() for one in tokenizer.batch_decode(ids, skip_special_tokens=True)])
    return found


@pytest.mark.parametrize("beams", [1, 4])
def test_it_writes_what_transformers_writes(client: tuple[TestClient, Engine], folder: Path, beams: int) -> None:
    """Through trunk, engine and search, asked together."""
    expected = theirs(folder, TEXTS, num_beams=beams)
    for text, [best] in zip(TEXTS, expected, strict=True):
        answer = client[0].post("/v1/translation", json={"text": text, "beams": beams, **PLAIN})
        assert answer.status_code == 200, answer.text
        assert answer.json()["translation"] == best
        assert answer.json()["model"] == "translation/tiny@1"


def test_alternatives_are_the_next_best_beams(client: tuple[TestClient, Engine], folder: Path) -> None:
    [hypotheses] = theirs(folder, TEXTS[:1], num_beams=4, num_return_sequences=3)
    asked = {"text": TEXTS[0], "beams": 4, "alternatives": 2, **PLAIN}
    answer = client[0].post("/v1/translation", json=asked).json()
    others = [one["translation"] for one in answer["alternatives"]]
    assert [answer["translation"], *sorted(others)] == [hypotheses[0], *sorted(set(hypotheses[1:]) - {hypotheses[0]})]
    scores = [answer["score"], *(one["score"] for one in answer["alternatives"])]
    assert all(0 < score <= 1 for score in scores)


def test_a_drawn_translation_is_its_seeds(client: tuple[TestClient, Engine]) -> None:
    def drawn(seed: int) -> str:
        asked = {"text": TEXTS[0], "temperature": 1.5, "seed": seed, **PLAIN}
        return str(client[0].post("/v1/translation", json=asked).json()["translation"])

    assert drawn(1) == drawn(1)
    assert len({drawn(seed) for seed in range(6)}) > 1


def test_a_label_and_a_translation_come_of_one_pass(client: tuple[TestClient, Engine]) -> None:
    """One trunk, a head that labels and a head that writes."""
    http, engine = client
    options = {"translation/tiny": PLAIN, "classification/labels": {}}
    http.post("/v1/analyze", json={"text": "please help", "models": options})  # loads both
    before = engine.stats()
    text = "where is my order today"
    answers = http.post("/v1/analyze", json={"text": text, "models": options}).json()["answers"]
    after = engine.stats()
    assert (after.stem_passes - before.stem_passes, after.stem_rows - before.stem_rows) == (1, 1)
    assert answers["classification/labels"]["label"] == "order"
    alone = http.post("/v1/translation", json={"text": text, **PLAIN}).json()
    assert answers["translation/tiny"]["translation"] == alone["translation"]


def test_white_space_and_what_is_no_language_stay(client: tuple[TestClient, Engine]) -> None:
    for text in ("", " ", "\n\n", "12:30", "\U0001f600\u200d", "https://example.com/a?b=c", "\x07"):
        answer = client[0].post("/v1/translation", json={"text": text, "target_lang": "de"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["translation"] == text
        assert answer.json()["score"] == 1.0
    answer = (
        client[0]
        .post(
            "/v1/translation", json={"text": "my card.\n\n  ada met charles.\n", "max_length": 8, "target_lang": "de"}
        )
        .json()
    )
    parts = answer["translation"].split("\n")
    assert len(parts) == 4
    assert parts[1] == parts[3] == ""
    assert parts[2].startswith("  ")


def test_what_cannot_be_asked_is_told(client: tuple[TestClient, Engine]) -> None:
    for asked, told in (
        ({"text": "a", "beams": 4, "temperature": 1.0}, "exclude each other"),
        ({"text": "a", "glossary": {"a": " "}}, "blank"),
        ({"text": "a", "keep_spans": [{"start": 0, "end": 5}]}, "behind the text"),
        ({"text": "a", "model": "labels"}, "labels"),
        ({"text": "a", "target_lang": "fr"}, "pair ?-fr: this model translates en-de only"),
    ):
        answer = client[0].post("/v1/translation", json=asked)
        assert answer.status_code in (404, 422), answer.text
        assert told in answer.text


def test_a_translator_is_not_asked_to_label(client: tuple[TestClient, Engine]) -> None:
    answer = client[0].post("/v1/classification", json={"text": "a", "model": "tiny"})
    assert answer.status_code in (404, 422), answer.text


def test_a_model_of_several_targets_is_told_which(settings: Settings, tmp_path: Path) -> None:
    """Asked and tuned; the trunk is told by a token before the text, as transformers is by the same in the text."""
    marian_folder(tmp_path)
    import_model("translation/several", tmp_path, settings)
    expected = theirs(tmp_path, [f">>fra<< {text}" for text in TEXTS], num_beams=1)
    with trunkline.load("translation/several", settings) as model:
        for text, [best] in zip(TEXTS, expected, strict=True):
            assert model.predict(text, target_lang="fr", **PLAIN).translation == best
        with pytest.raises(InvalidInput, match="this model writes several languages: deu, fra"):
            model.predict("a")
        with pytest.raises(InvalidInput, match="'zh' is not among this model's languages"):
            model.predict("a", target_lang="zh")
    rows = [row | {"target_lang": lang} for row in ROWS[:2] for lang in ("fra", "deu")]
    result = trunkline.tune(
        "translation", name="several", start="translation/several", tuning="head", data=rows, dev=rows, epochs=1,
        settings=settings,
    )  # fmt: skip
    assert result.version.head_config["languages"] == {"told": ["deu", "fra"]}


ROWS = [
    {"source": "where is my order", "target": "der Auftrag"},
    {"source": "ada met charles", "target": "ein Auftrag für Ada"},
    {"source": "please cancel it today", "target": "nicht München"},
    {"source": "my card is lost", "target": "über die und das"},
]


@pytest.mark.parametrize(("tuning", "fork"), [("head", None), ("layers", 1)])
def test_a_part_of_it_learns_while_the_trunk_stays(
    settings: Settings, imported: trunkline.Version, tuning: Any, fork: int | None
) -> None:
    result = trunkline.tune(
        "translation", name=f"part-{tuning}", start="translation/tiny", tuning=tuning, fork_layer=fork, data=ROWS * 4,
        dev=ROWS, epochs=3, batch_size=8, learning_rate=1e-3, settings=settings,
    )  # fmt: skip
    assert result.version.trunk_id == imported.trunk_id
    assert result.version.tuning == tuning
    assert {"bleu", "chrf"} <= set(result.evaluation.metrics)
    again = trunkline.evaluate(result.version.reference, data=ROWS, settings=settings, record=False)
    assert again.metrics["bleu"].value == pytest.approx(result.evaluation.metrics["bleu"].value)


def test_where_it_starts_is_checked(settings: Settings, imported: trunkline.Version) -> None:
    def tune(task: str = "translation", **choices: Any) -> None:
        trunkline.tune(task, name="new", data=ROWS, dev=ROWS, settings=settings, **choices)

    with pytest.raises(InvalidInput, match="--start translation/NAME"):
        tune()
    with pytest.raises(InvalidInput, match="fork_layer auto"):
        tune(start="translation/tiny", fork_layer="auto")
    other = trunkline.tune(
        "translation", name="other", start="translation/tiny", tuning="full", data=ROWS, dev=ROWS, epochs=1,
        settings=settings,
    )  # fmt: skip
    with pytest.raises(InvalidInput, match="leave trunk out"):
        tune(start="translation/tiny", trunk=other.version.trunk_id)
    with pytest.raises(NotFound):
        tune(start="translation/nobody")
    with pytest.raises(InvalidInput, match="leave start out"):
        tune("classification", start="translation/tiny")
