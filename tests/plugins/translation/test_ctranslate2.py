"""A translator on CTranslate2: the sentences of torch, from a model of all families that it converts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from translators import marian_folder
from trunkline import InvalidInput, MissingExtra, Settings, evaluate, load_plugins, tune
from trunkline.backends import select
from trunkline.export.compile import compile_version
from trunkline.serving.answers import answers, ran
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry
from trunkline.tuning.importing import import_model

TEXTS = ["where is my order", "ada met charles", "please cancel it today", "my card is lost", "order and order again"]
WISHES: list[dict[str, Any]] = [
    {"max_length": 12},
    {"max_length": 12, "beams": 4},
    {"max_length": 9, "beams": 4, "alternatives": 3, "length_penalty": 0.5},
    {"max_length": 12, "no_repeat_ngram_size": 2},
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("home"), threads=1, deadline_seconds=120)
    folder = tmp_path_factory.mktemp("whole")
    torch.manual_seed(0)
    marian_folder(folder)
    import_model("translation/tiny", folder, settings)
    return settings


def engine(settings: Settings, backend: str, precision: str = "fp32") -> Iterator[Engine]:
    chosen = settings.model_copy(update={"backend": backend, "precision": precision})
    with (
        Registry.open(chosen) as registry,
        Engine(RegistryCatalog(registry), load_plugins(), chosen, follow=False) as one,
    ):
        yield one


@pytest.fixture(scope="module")
def exact(settings: Settings) -> Iterator[Engine]:
    yield from engine(settings, "torch")


@pytest.fixture(scope="module")
def fast(settings: Settings) -> Iterator[Engine]:
    yield from engine(settings, "ctranslate2")


def written(engine: Engine, texts: list[str], **wish: Any) -> list[Any]:
    task = engine.plugins.head_task("translation")
    asked = [task.request_model(text=text, model="tiny", target_lang="deu", **wish) for text in texts]
    return ran(engine, task, "translation/tiny@1", asked)


@pytest.mark.parametrize("wish", WISHES, ids=[" ".join(wish) for wish in WISHES])
def test_it_writes_what_torch_writes(exact: Engine, fast: Engine, wish: dict[str, Any]) -> None:
    ours, theirs = written(fast, TEXTS, **wish), written(exact, TEXTS, **wish)
    assert [one.translation for one in ours] == [one.translation for one in theirs]
    assert [one.notes for one in ours] == [one.notes for one in theirs]
    if "no_repeat_ngram_size" not in wish:  # each takes what is banned out of its probabilities in its own way
        assert [one.score for one in ours] == pytest.approx([one.score for one in theirs], rel=1e-3)


def test_what_it_cannot_follow_is_written_by_the_decoder(exact: Engine, fast: Engine) -> None:
    """A glossary's phrases, and draws, which would depend on who else is in the batch."""
    for wish in (
        {"glossary": {"order": "der die"}, "max_length": 12},
        {"temperature": 1.0, "seed": 3, "max_length": 12},
    ):
        ours, theirs = written(fast, TEXTS, **wish), written(exact, TEXTS, **wish)
        assert [one.translation for one in ours] == [one.translation for one in theirs]


@pytest.mark.parametrize("longest", [None, 41, 42, 1024])
def test_where_the_model_itself_ends_is_told(fast: Engine, longest: int | None) -> None:
    """Of random weights: most sentences do not end by themselves."""
    notes = {note for one in written(fast, TEXTS, max_length=longest) for note in one.notes}
    assert notes == {"a sentence was cut after 40 tokens, the most that this model writes: split it"}


@pytest.mark.parametrize("wish", [{}, {"beams": 4}, {"alternatives": 2}], ids=str)
def test_an_answer_does_not_depend_on_who_shares_its_batch(fast: Engine, wish: dict[str, Any]) -> None:
    task = fast.plugins.head_task("translation")
    asked = [
        task.request_model(text=text, target_lang="deu", max_length=3 + 5 * place, **wish)
        for place, text in enumerate(TEXTS)
    ]
    together = ran(fast, task, "translation/tiny@1", asked)
    for request, answer in zip(asked, together, strict=True):
        [alone] = ran(fast, task, "translation/tiny@1", [request])
        assert (alone.translation, alone.notes) == (answer.translation, answer.notes)
        assert alone.score == pytest.approx(answer.score, rel=1e-4)
        assert [one.translation for one in alone.alternatives] == [one.translation for one in answer.alternatives]


def test_compiling_keeps_it_with_its_figures_to_be_served(settings: Settings, tmp_path: Path) -> None:
    rows = tmp_path / "dev.jsonl"
    sources = [f"{text} {number}" for number in range(4) for text in TEXTS]
    rows.write_text("\n".join(json.dumps({"source": one, "target": "der", "target_lang": "deu"}) for one in sources))
    done = compile_version("translation/tiny", backend="ctranslate2", data=rows, max_drop=100.0, settings=settings)
    assert (done.evaluation.backend, done.evaluation.precision) == ("ctranslate2", "int8")
    assert 0.0 <= done.comparison.same_answers <= 1.0
    with Registry.open(settings) as registry:
        roles = set(registry.resolve("translation/tiny").artifacts)
    assert "ctranslate2/int8/model.bin" in roles
    shutil.rmtree(settings.cache)
    for one in engine(settings, "ctranslate2", "int8"):
        assert all(answer.translation for answer in written(one, TEXTS, max_length=12))
        assert not list(settings.cache.glob("ctranslate2/*"))  # nothing was converted again


def test_what_labels_is_not_compiled_for_it(settings: Settings, tmp_path: Path) -> None:
    data = tmp_path / "train.jsonl"
    lines = [{"text": text, "label": str(number % 2)} for number, text in enumerate(TEXTS * 4)]
    data.write_text("\n".join(map(json.dumps, lines)))
    with Registry.open(settings) as registry:
        trunk = registry.resolve("translation/tiny").trunk_id
    version = tune("classification", name="topic", trunk=trunk, data=data, tuning="head", settings=settings).version
    with pytest.raises(InvalidInput, match="ctranslate2 runs what writes, and classification/topic@1 labels"):
        compile_version(version.reference, backend="ctranslate2", settings=settings)
    for one in engine(settings, "ctranslate2", "int8"):  # it is served all the same, by torch
        task = one.plugins.head_task("classification")
        assert answers(one, task, version.reference, [task.request_model(text="ada met charles")])[0].label in {
            "0",
            "1",
        }
        measured = evaluate(version.reference, data=data, record=False, settings=one.settings)
        assert (measured.backend, measured.precision) == ("torch", "fp32")


def test_without_the_library_the_extra_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(select, "find_spec", lambda name: None)
    row = {"source": "my card is lost", "target": "der", "target_lang": "deu"}
    with pytest.raises(MissingExtra, match=r"pip install 'trunkline\[ctranslate2\]'"):
        compile_version("translation/tiny", backend="ctranslate2", data=[row], settings=settings)
