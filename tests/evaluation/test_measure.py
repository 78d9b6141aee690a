from contextlib import contextmanager

import numpy as np
import pytest

from trunkline.data.examples import Examples
from trunkline.data.read import read_examples
from trunkline.errors import DataError, PluginError
from trunkline.evaluation import measure as module
from trunkline.evaluation.measure import measure
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.open import registry


class Steps:
    """Counts the steps that it is told of."""

    def __init__(self):
        self.done = 0

    @contextmanager
    def track(self, description, total):
        def advance(steps):
            self.done += steps

        yield advance
        assert self.done == total

    def say(self, line):
        pass


@pytest.fixture
def engine(known):
    with (
        registry(known.settings) as opened,
        Engine(RegistryCatalog(opened), known.plugins, known.settings, follow=False) as running,
    ):
        yield running


@pytest.fixture
def task(known):
    return known.plugins.head_task("readability")


@pytest.fixture
def examples(known, task, test_file):
    return read_examples(task, test_file, known.plugins)


def test_figures_are_those_of_the_answers_one_by_one(engine, task, known, examples, monkeypatch):
    """Asked three at a time or each alone, the answers and their error are the same."""
    monkeypatch.setattr(module, "REQUESTS_AT_ONCE", 3)
    progress = Steps()
    measured = measure(engine, task, known.version.reference, examples, progress, threads=1)
    alone = [
        engine.predict_many("readability", "grades", task.encoder_inputs(task.request(one))).predictions[0]
        for one in examples.items
    ]
    grades = [response.grade for response in measured.responses]
    assert grades == pytest.approx(alone, abs=1e-4)
    errors = np.array(alone) - np.array([example.grade for example in examples.items])
    assert measured.draft.metrics["mae"].value == pytest.approx(np.abs(errors).mean(), abs=1e-4)
    assert measured.draft.metrics["rmse"].value == pytest.approx(np.sqrt((errors**2).mean()), abs=1e-4)
    assert progress.done == len(examples)


def test_the_draft_says_what_was_measured_and_on_what(engine, task, known, examples):
    draft = measure(engine, task, known.version.reference, examples, split="dev", threads=1, replicates=0).draft
    assert (draft.n, draft.split, draft.dataset_name) == (10, "dev", "test.csv")
    assert draft.dataset_fingerprint == examples.fingerprint
    assert (draft.backend, draft.precision) == (engine.backend.name, engine.backend.precision)
    assert draft.environment["bootstrap_replicates"] == 0
    assert draft.environment["threads"] == 1
    assert draft.metrics["mae"].low is None
    assert draft.seconds > 0


def test_every_response_names_the_version(engine, task, known, examples):
    measured = measure(engine, task, known.version.reference, examples, replicates=0)
    assert {response.model for response in measured.responses} == {known.version.reference}


def test_no_examples_no_figures(engine, task, known):
    with pytest.raises(DataError, match="no rows"):
        measure(engine, task, known.version.reference, Examples.of("rows", []))


def test_a_score_without_its_primary_metric_is_the_plugins_fault(engine, task, known, examples, monkeypatch):
    monkeypatch.setattr(type(task), "score", lambda self, responses, examples: {"mae": float("nan"), "rmse": 1.0})
    with pytest.raises(PluginError, match="'readability': score gives no finite 'mae'"):
        measure(engine, task, known.version.reference, examples, replicates=0)
