"""A translator tuned further, and what it gained over the one that it started from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import trunkline
from translators import marian_folder
from trunkline import Settings
from trunkline.cli.main import run
from trunkline.errors import Conflict
from trunkline.store.registry import Registry
from trunkline.tuning import gain
from trunkline.tuning.importing import import_model

ROWS = [
    {"source": "where is my order", "target": "der Auftrag"},
    {"source": "ada met charles", "target": "ein Auftrag für Ada"},
    {"source": "please cancel it today", "target": "nicht München"},
    {"source": "my card is lost", "target": "über die und das"},
]
RUINED: dict[str, Any] = {"tuning": "full", "epochs": 1, "batch_size": 4, "learning_rate": 0.02}
"""Steps so large that nothing is left of what was learnt."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), threads=1, deadline_seconds=120)


@pytest.fixture(scope="module")
def learnt(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> trunkline.TuningResult:
    """Everything trained, from random weights, until the rows are known by heart."""
    folder = tmp_path_factory.mktemp("marian")
    marian_folder(folder, languages=())
    import_model("translation/tiny", folder, settings)
    return trunkline.tune(
        "translation", name="learnt", start="translation/tiny", tuning="full", data=ROWS * 8, dev=ROWS, test=ROWS[:2],
        epochs=120, batch_size=8, learning_rate=3e-3, options={"label_smoothing": 0.0}, settings=settings,
    )  # fmt: skip


def test_it_learns_its_rows_by_heart(settings: Settings, learnt: trunkline.TuningResult) -> None:
    """The new version has the vocabulary of the one it started from."""
    assert learnt.evaluation.metrics["bleu"].value > 90
    with trunkline.load("translation/learnt", settings) as model:
        said = model.predict([row["source"] for row in ROWS])
    assert [one.translation for one in said] == [row["target"] for row in ROWS]


def test_its_start_is_measured_on_the_same_rows(settings: Settings, learnt: trunkline.TuningResult) -> None:
    before = learnt.start
    assert {split: (one.model, one.n) for split, one in before.items()} == {
        "dev": ("translation/tiny@1", 4),
        "test": ("translation/tiny@1", 2),
    }
    assert before["dev"].dataset_fingerprint == learnt.evaluation.dataset_fingerprint
    alone = trunkline.evaluate("translation/tiny", data=ROWS, settings=settings, record=False)
    assert before["dev"].metrics == alone.metrics
    with Registry.open(settings) as registry:  # what it is worth on others' data is not put beside its own
        assert registry.evaluations("translation/tiny@1") == []


def test_what_is_better_than_its_start_is_no_loss(learnt: trunkline.TuningResult) -> None:
    task = trunkline.load_plugins().head_task("translation")
    after = {"dev": learnt.evaluation}
    assert gain.lost(task, learnt.start, after) == ""
    assert gain.lost(task, after, after) == ""
    assert gain.lost(task, {}, after) == ""


def test_figures_of_a_start_are_kept_for_the_same_rows(learnt: trunkline.TuningResult, tmp_path: Path) -> None:
    class Rows:
        def __init__(self, fingerprint: str) -> None:
            self.fingerprint = fingerprint

    file = tmp_path / "start.json"
    parts: dict[str, Any] = {split: Rows(one.dataset_fingerprint) for split, one in learnt.start.items()}
    assert gain.kept(file, parts) is None
    file.write_text(gain.as_json(learnt.start))
    assert gain.kept(file, parts) == dict(learnt.start)
    assert gain.kept(file, {"dev": parts["dev"]}) is None
    assert gain.kept(file, parts | {"test": Rows("other")}) is None


def test_an_alias_is_not_moved_to_what_is_worse_than_its_start(
    settings: Settings, learnt: trunkline.TuningResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    monkeypatch.setenv("TRUNKLINE_HOME", str(settings.home))
    with Registry.open(settings) as registry:
        registry.set_alias("translation/learnt@1", "production")
    words = ["tune", "translation", "--name", "learnt", "--start", "translation/learnt@1", "--data", str(data)]
    words += ["--dev", str(data), "--alias", "production"]
    words += [word for name, value in RUINED.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    assert run([*words, "--json"]) == Conflict.exit_code
    out, err = capfd.readouterr()
    told = json.loads(out)
    assert (told["model"], told["alias"]) == ("translation/learnt@2", None)
    was, now = (one["metrics"]["bleu"]["value"] for one in (told["start"]["dev"], told))
    assert was > 90 > now
    assert f"production does not point at it: bleu on dev is {now:.4g}, and translation/learnt@1, from which it" in err
    assert "translation/learnt@2 is registered; to have it all the same: trunkline models alias" in err
    with Registry.open(settings) as registry:
        assert registry.resolve("translation/learnt@production").number == 1


def test_a_table_has_the_start_under_each_figure(
    settings: Settings, learnt: trunkline.TuningResult, capfd: Any
) -> None:
    from trunkline.cli.tuned import show

    show(learnt, trunkline.load_plugins().head_task("translation"), "production", as_json=False)
    lines = capfd.readouterr().out.splitlines()
    assert [(line.split()[0], line.endswith("(its start)")) for line in lines[:4]] == [
        ("translation/learnt@1", False),
        ("translation/tiny@1", True),
    ] * 2
    assert lines[4] == "translation/learnt@production is now version 1"
