import json

import pytest

from trunkline.contract import hookimpl, load_plugins
from trunkline.errors import DataError, InvalidInput, NotFound
from trunkline.evaluation.evaluate import evaluate
from trunkline.store.open import registry


@pytest.fixture
def measure(known, test_file):
    def _measure(model="readability/grades", **given):
        options = {"data": test_file, "settings": known.settings, "plugins": known.plugins, **given}
        return evaluate(model, **options)

    return _measure


def test_an_evaluation_is_recorded_with_its_version(known, measure):
    evaluation = measure(split="holdout")
    with registry(known.settings) as opened:
        assert opened.latest_evaluation(known.version.reference, "holdout") == evaluation
    assert evaluation.model == "readability/grades@1"
    mae = evaluation.metrics["mae"]
    assert mae.low < mae.value < mae.high


def test_it_can_be_kept_out_of_the_record(known, measure):
    with registry(known.settings) as opened:
        before = opened.evaluations(known.version.reference)
        evaluation = measure(record=False)
        assert opened.evaluations(known.version.reference) == before
    assert evaluation.id == 0


def test_observers_are_told_of_what_is_recorded(known, measure):
    told = []

    class Listening:
        @hookimpl
        def evaluation_recorded(self, evaluation):
            told.append(evaluation)

    module = next(iter(known.plugins.hooks.register_tasks.get_hookimpls())).plugin
    plugins = load_plugins(block=[status.name for status in known.plugins.status], extra=[module, Listening()])
    measure(plugins=plugins, record=False)
    assert told == []
    evaluation = measure(plugins=plugins)
    assert told == [evaluation]


def test_wrong_answers_are_listed(measure, tmp_path):
    evaluation = measure(errors=tmp_path / "wrong.jsonl", record=False)
    rows = [json.loads(line) for line in (tmp_path / "wrong.jsonl").read_text("utf-8").splitlines()]
    assert 0 < len(rows) <= evaluation.n
    for row in rows:
        assert abs(row["response"]["grade"] - row["example"]["grade"]) > 1
        assert row["place"].startswith("test.csv:")


def test_rows_in_memory_and_chosen_columns_will_do(measure):
    rows = [{"sentence": "The cat sat.", "level": 1}, {"sentence": "Monetary policy.", "level": 11}]
    columns = {"text": "sentence", "grade": "level"}
    assert measure(data=rows, columns=columns, record=False).n == 2


def test_what_cannot_be_measured_is_told(measure, tmp_path):
    with pytest.raises(NotFound, match="did you mean"):
        measure("readability/gradse")
    with pytest.raises(NotFound, match=r"no file named 'tset.csv'"):
        measure(data=tmp_path / "tset.csv")
    with pytest.raises(DataError, match=r"row 1: grade: Input should be a valid number"):
        measure(data=[{"text": "a", "grade": "hard"}])
    with pytest.raises(InvalidInput, match="make the folder first"):
        measure(errors=tmp_path / "no" / "wrong.jsonl")


def test_bad_rows_are_left_out_of_the_figures_and_counted(measure, caplog):
    rows = [{"text": "The cat sat.", "grade": 1}, {"text": "No grade."}, {"text": "Monetary policy.", "grade": 11}]
    with pytest.raises(DataError, match="row 2: grade"):
        measure(data=rows, record=False)
    found = measure(data=rows, record=False, drop_bad_rows=True)
    assert (found.n, found.environment["dropped_rows"]) == (2, 1)
    assert "1 row(s) cannot be used and are left out:\nrow 2: grade" in caplog.text
    same = measure(data=[rows[0], rows[2]], record=False)
    assert same.metrics == found.metrics
    assert "dropped_rows" not in same.environment
    with pytest.raises(DataError, match="row 1: grade"):  # nothing is left
        measure(data=[{"text": "a", "grade": "hard"}], record=False, drop_bad_rows=True)
