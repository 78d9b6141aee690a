"""What a run does with its rows before it trains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trunkline
from trunkline.errors import DataError, InvalidInput
from trunkline.settings import Settings

Tune = Callable[..., Any]


def marked(text: str, part: str, label: str) -> dict[str, Any]:
    start = text.index(part)
    return {"text": text, "entities": [{"start": start, "end": start + len(part), "label": label}]}


@pytest.mark.parametrize("seed", range(4))
def test_a_label_that_one_row_alone_has_never_fails_a_held_out_share(
    tiny_trunk: Path, settings: Settings, seed: int
) -> None:
    """The row may be drawn for dev; then it comes back to train, whichever the seed."""
    rows = [marked(f"ada met anna in {place}", place, "place") for place in ("london", "paris", "berlin", "tokyo")] * 3
    rows += [marked(f"order {word} card", word, f"kind-{word}") for word in ("my", "new", "lost", "late", "broken")]
    result = trunkline.tune(
        "ner",
        name="tickets",
        data=rows,
        dev=0.4,
        trunk=tiny_trunk,
        epochs=1,
        seed=seed,
        precision="fp32",
        settings=settings,
    )
    assert {"kind-my", "kind-new", "kind-lost", "kind-late", "kind-broken"} <= set(result.version.head_config["labels"])


@pytest.fixture
def no_trunk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads weights fails."""

    def refuse(*_: object) -> None:
        raise AssertionError("weights are read")

    monkeypatch.setattr("trunkline.trunk.content.read_weights", refuse)
    monkeypatch.setattr("trunkline.trunk.encoder.read_weights", refuse)


@pytest.mark.usefixtures("no_trunk")
@pytest.mark.parametrize("blank", ["", "  "])
def test_an_empty_label_is_told_by_its_line_before_a_trunk_is_loaded(tune: Tune, tmp_path: Path, blank: str) -> None:
    lines = [f"text {number},{'ab'[number % 2]}" for number in range(40)]
    lines[30] = f"text 30,{blank}"
    (tmp_path / "blanklabel.csv").write_text("\n".join(["text,label", *lines]) + "\n")
    with pytest.raises(DataError) as caught:
        tune(data=tmp_path / "blanklabel.csv")
    assert caught.value.problems == ("blanklabel.csv:32: the label is empty",)


@pytest.mark.parametrize(
    ("task", "row"), [("classification", {"text": " ", "label": "order"}), ("ner", {"text": "", "entities": []})]
)
def test_rows_without_a_text_are_a_warning(
    tiny_trunk: Path, settings: Settings, told: Any, task: str, row: dict[str, Any]
) -> None:
    rows: list[dict[str, Any]] = [{"text": f"text {number}", "label": "ab"[number % 2]} for number in range(9)]
    if task == "ner":
        rows = [marked(f"ada met anna in {place}", place, "place") for place in ("london", "paris", "berlin")] * 3
    common = {"trunk": tiny_trunk, "tuning": "head", "epochs": 1, "settings": settings, "progress": told}
    trunkline.tune(task, name="x", data=[*rows, row], dev=rows, **common)
    assert "warning: 1 row(s) with an empty text, the first row 10: give them one or leave them out" in told.lines


@pytest.mark.usefixtures("no_trunk")
def test_a_single_class_is_told_before_a_trunk_is_loaded(tune: Tune) -> None:
    with pytest.raises(DataError, match="only the label 'a'"):
        tune(data=[{"text": f"text {number}", "label": "a"} for number in range(9)])
    rows = [{"text": f"text {number}", "label": ["a", "oos"][number % 2]} for number in range(9)]
    with pytest.raises(DataError, match="only the label 'a'"):
        tune(data=rows, options={"out_of_scope_label": "oos"})


@pytest.mark.usefixtures("no_trunk")
def test_data_without_entities_are_told_before_a_trunk_is_loaded(tiny_trunk: Path, settings: Settings) -> None:
    rows = [{"text": f"text {number}", "entities": []} for number in range(9)]
    with pytest.raises(DataError, match="no entity in the training data"):
        trunkline.tune("ner", name="names", data=rows, trunk=tiny_trunk, settings=settings)


@pytest.mark.usefixtures("no_trunk")
def test_a_place_outside_the_trunk_is_told_before_it_is_loaded(tune: Tune) -> None:
    with pytest.raises(InvalidInput, match="fork_layer 4: this trunk has 3 layers"):
        tune(fork_layer=4)


def test_a_place_outside_a_registered_trunk_is_told_before_it_is_loaded(
    tune: Tune, request: pytest.FixtureRequest
) -> None:
    known = tune(epochs=1, tuning="head").version.trunk_id
    request.getfixturevalue("no_trunk")
    with pytest.raises(InvalidInput, match="fork_layer 4: this trunk has 3 layers"):
        tune(trunk=known, fork_layer=4)


def test_training_that_diverges_at_its_very_end_blames_the_learning_rate(
    tune: Tune, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(branch: Any, material: Any, task: Any, precision: str) -> list[dict[str, np.ndarray]]:
        return [{"logits": np.full(3, np.nan, np.float32)} for _ in material.rows.examples]

    monkeypatch.setattr("trunkline.tuning.learner.outputs", spoilt)
    with pytest.raises(InvalidInput, match="lower the learning rate"):
        tune(tuning="head", epochs=1)


def test_a_run_killed_after_its_version_was_registered_gives_that_version(
    tune: Tune, monkeypatch: pytest.MonkeyPatch, settings: Settings, told: Any
) -> None:
    """As if the process ended between the transaction and the removal of the run's folder."""

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("trunkline.contract.plugins.Plugins.notify", killed)
        with pytest.raises(KeyboardInterrupt):
            tune(fork_layer=1)
    again = tune(fork_layer=1, progress=told)
    assert any("it had registered classification/intents@1" in line for line in told.lines)
    assert again.version.number == 1
    assert again.evaluation.metrics["accuracy"].value >= 0
    assert tune(fork_layer=1).version.number == 2  # asked for once more, tuned once more
    with trunkline.registry(settings) as registry:
        assert [version.number for version in registry.versions()] == [2, 1]


@pytest.mark.parametrize("place", ["store.registry.Registry.finish_run", "tuning.workspace._remove"])
def test_a_run_killed_while_it_ends_gives_its_version_too(
    tune: Tune, monkeypatch: pytest.MonkeyPatch, settings: Settings, place: str
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"trunkline.{place}", killed)
        with pytest.raises(KeyboardInterrupt):
            tune(fork_layer=1)
    assert tune(fork_layer=1).version.number == 1
    with trunkline.registry(settings) as registry:
        assert [version.number for version in registry.versions()] == [1]


def test_bad_rows_of_all_data_are_left_out_told_and_counted_in_the_settings(tune: Tune, rows: Any, told: Any) -> None:
    """A wrong type, an empty label, and rows of classes that training never showed."""
    bad = [{"text": "no label"}, {"text": "an empty one", "label": " "}]
    unknown = {"text": "of another class", "label": "never seen"}
    wish = {"data": [*rows[:30], *bad, *rows[30:]], "dev": [*rows[:20], unknown, bad[0]], "test": [*rows[:8], unknown]}
    with pytest.raises(DataError, match="row 31: label"):
        tune(**wish)
    result = tune(**wish, drop_bad_rows=True, progress=told)
    assert result.version.settings["drop_bad_rows"] is True
    assert result.version.settings["dropped_rows"] == {"data": 2, "dev": 2, "test": 1}
    assert (result.evaluation.n, result.test.n) == (20, 8)
    assert result.evaluation.environment["dropped_rows"] == 2
    heard = "\n".join(told.lines)
    for place in ("row 31: label", "row 32", "row 21", "row 22: label", "row 9"):
        assert place in heard, heard
    clean = tune(data=rows, dev=rows[:20], test=rows[:8])
    assert clean.version.dataset_fingerprint == result.version.dataset_fingerprint
    assert clean.evaluation.metrics == result.evaluation.metrics
    assert "dropped_rows" not in clean.version.settings


def test_where_no_row_can_be_used_tuning_is_refused_all_the_same(tune: Tune) -> None:
    with pytest.raises(DataError, match="row 2: label"):
        tune(data=[{"text": 1, "label": "a"}, {"text": "b", "label": {}}], drop_bad_rows=True)
