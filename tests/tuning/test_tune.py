from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import trunkline
from translators import marian_folder
from trunkline.errors import Conflict, DataError, EnvironmentFault, InvalidInput, NotFound, TrunkError
from trunkline.settings import Settings
from trunkline.tuning.config import TuneConfig

Tune = Callable[..., Any]


def test_a_version_comes_with_its_quality_its_data_and_its_settings(
    tune: Tune, settings: Settings, rows: list[dict[str, Any]]
) -> None:
    result = tune(fork_layer=1, branch_layers=1, epochs=8, test=rows[:30])
    version = result.version
    assert (version.reference, version.tuning) == ("classification/intents@1", "layers")
    assert (version.branch.fork_layer, version.branch.branch_layers) == (1, 1)
    assert set(version.artifacts) == {"branch", "tuning.json", "data/train", "data/dev"}
    assert 0 < version.seconds <= result.seconds
    assert result.evaluation.split == "dev"
    assert result.evaluation.n == 24
    with trunkline.registry(settings) as registry:
        assert version.artifacts["data/train"] == version.dataset_fingerprint
        kept = registry.artifact_bytes(version, "data/train").decode().splitlines()
        assert len(kept) == 96
        assert {json.loads(line)["label"] for line in kept} == {row["label"] for row in rows}
        assert {evaluation.split for evaluation in registry.evaluations(version.reference)} == {"dev", "test"}
        assert [run.state for run in registry.runs()] == ["succeeded"]
    assert [path.suffix for path in settings.cache.glob("runs/*")] == [".lock"]
    wish = {name: value for name, value in version.settings.items() if name in TuneConfig.model_fields}
    assert TuneConfig(**wish).name == "intents"
    resolved = {f"resolved_{name}" for name in ("branch", "epochs", "rates", "stem")}
    assert version.settings.keys() - wish.keys() == resolved | {"run"}
    assert version.settings["resolved_epochs"] == 8
    assert (result.test.split, result.test.n) == ("test", 30)


def test_measured_is_what_is_served(tune: Tune, settings: Settings, rows: list[dict[str, Any]]) -> None:
    result = tune(fork_layer=1, epochs=8, dev=rows[:30])
    assert result.evaluation.metrics["accuracy"].value > 0.5
    with trunkline.load(result.version.reference, settings) as model:
        said = [answer.label for answer in model.predict([row["text"] for row in rows[:30]])]
    right = [label == row["label"] for label, row in zip(said, rows[:30], strict=True)]
    assert sum(right) / 30 == pytest.approx(result.evaluation.metrics["accuracy"].value)


def test_everything_tuned_makes_a_new_trunk(tune: Tune, settings: Settings) -> None:
    result = tune(tuning="full")
    with trunkline.registry(settings) as registry:
        new = registry.trunk(result.version.trunk_id)
        folder = registry.trunk_folder(new.id)
        assert (result.version.tuning, result.version.branch.branch_layers) == ("full", 0)
        assert result.version.branch.fork_layer == new.n_layers
        again = tune(tuning="head", name="other", trunk=new.name)
        assert again.version.trunk_id == new.id
        assert {trunk.id for trunk in registry.trunks()} == {new.id}
    assert new.parent_id is not None
    assert new.parent_id != new.id
    assert (folder / "model.safetensors").is_file()


def _entity(text: str, word: str) -> dict[str, Any]:
    start = text.index(word)
    return {"start": start, "end": start + len(word), "label": "WISH"}


@pytest.mark.parametrize("task", ["classification", "ner"])
def test_an_encoder_of_a_model_that_translates_learns_labels(
    task: str, settings: Settings, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    """It has no token before a text: a classifier reads the mean over all, a tagger its tokens."""
    marian_folder(tmp_path / "marian")
    if task == "ner":
        word = {"refund": "refund", "delivery": "late", "greeting": "thank"}
        rows = [{"text": row["text"], "entities": [_entity(row["text"], word[row["label"]])]} for row in rows]
    rates = {"learning_rate": 2e-3, "head_learning_rate": 1e-2}
    wish: dict[str, Any] = {"branch_layers": 1, "epochs": 40, "precision": "fp32", "settings": settings, **rates}
    result = trunkline.tune(task, name="marian", data=rows, dev=0.2, trunk=tmp_path / "marian", fork_layer=0, **wish)
    assert result.evaluation.metrics["accuracy" if task == "classification" else "f1"].value > 0.6
    with trunkline.load(result.version.reference, settings) as model:
        assert model.predict(["i thank my card", ""])[0]


def test_a_registered_trunk_goes_by_its_name_and_is_not_added_twice(tune: Tune, settings: Settings) -> None:
    first = tune(fork_layer=2)
    with trunkline.registry(settings) as registry:
        [trunk] = registry.trunks()
        by_name, by_id = tune(fork_layer=2, trunk=trunk.name), tune(fork_layer=2, trunk=trunk.id[:12])
        assert len(registry.trunks()) == 1
    assert (by_name.version.number, by_id.version.number) == (2, 3)
    assert {by_name.version.trunk_id, by_id.version.trunk_id} == {first.version.trunk_id}


def test_cached_or_computed_states_come_to_the_same(tune: Tune) -> None:
    """One batch of all rows an epoch: batches of the same rows, whatever their padding."""
    cached = tune(fork_layer=2, batch_size=96, precision="fp32")
    computed = tune(fork_layer=2, batch_size=96, precision="fp32", cache_gib=0.0)
    assert cached.evaluation.metrics["accuracy"] == computed.evaluation.metrics["accuracy"]
    assert cached.version.branch == computed.version.branch


def test_data_is_not_kept_where_declined(tune: Tune) -> None:
    assert set(tune(keep_data=False, tuning="head").version.artifacts) == {"branch", "tuning.json"}


def test_a_name_of_another_task_is_refused_before_any_work(tune: Tune, settings: Settings) -> None:
    tune(tuning="head")
    rows = [{"text": "ada met charles", "entities": [{"start": 0, "end": 3, "label": "person"}]}] * 4
    with pytest.raises(Conflict, match="task 'classification'"):
        trunkline.tune("ner", name="intents", data=rows, settings=settings)


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    [
        ({"options": {"pooling": "max"}}, InvalidInput, "pooling 'max'"),
        ({"options": {"polling": "mean"}}, InvalidInput, "polling"),
        ({"fork_layer": 9}, InvalidInput, "fork_layer 9"),
        ({"trunk": "nowhere/at-all"}, TrunkError, "nowhere/at-all"),
        ({"dev": [{"text": "late", "label": "unknown"}]}, DataError, "unknown"),
        ({"data": [{"text": "late", "label": "one"}] * 9}, DataError, "one"),
    ],
)
def test_bad_wishes_are_told_and_leave_a_failed_run(
    tune: Tune, settings: Settings, changes: dict[str, Any], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        tune(**changes)
    with trunkline.registry(settings) as registry:
        assert all(run.state == "failed" for run in registry.runs())
        assert registry.versions() == []


def test_an_unknown_task_offers_near_names(settings: Settings) -> None:
    with pytest.raises(NotFound, match="classification"):
        trunkline.tune("clasification", name="x", data=[], settings=settings)


def test_a_full_disk_is_told_and_registers_nothing(tune: Tune, settings: Settings, rows: list[dict[str, Any]]) -> None:
    """A limit on the size of files, as the kernel enforces it: the states do not fit."""
    long = [{**row, "text": f"{row['text']} {'the order ' * 60}"} for row in rows]
    with trunkline.registry(settings):
        pass  # the database is there already
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        with pytest.raises(EnvironmentFault, match="no space"):
            tune(fork_layer=2, data=long)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    with trunkline.registry(settings) as registry:
        assert [run.state for run in registry.runs()] == ["failed"]
        assert registry.versions() == []


def test_windows_of_long_texts_are_learnt_and_joined(tune: Tune, rows: list[dict[str, Any]]) -> None:
    long = [{**row, "text": f"{row['text']} {'the order ' * 60}"} for row in rows[:24]]
    assert tune(fork_layer=1, data=long, dev=long[:6]).evaluation.n == 6


def test_importing_the_door_imports_no_torch(tmp_path: Path) -> None:
    program = "import sys, trunkline.tuning.tune; print({'torch', 'transformers'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout.strip() == "set()"
