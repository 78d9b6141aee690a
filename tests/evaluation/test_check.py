import pytest

from trunkline.data.examples import Examples
from trunkline.errors import DataError
from trunkline.evaluation.check import check_examples, check_training


def test_every_example_that_cannot_be_measured_is_told_with_its_place(readability, monkeypatch):
    task = readability.head_task("readability")
    items = [task.example_model(text="a", grade=grade) for grade in (1, 20, 2, 30)]
    examples = Examples.of("test.csv", items, [f"test.csv:{n}" for n in range(2, 6)])
    check_examples(examples, task, {})
    found = [(index, f"grade {item.grade} is beyond school") for index, item in enumerate(items) if item.grade > 12]
    monkeypatch.setattr(type(task), "check_examples", lambda self, examples, config: found)
    with pytest.raises(DataError) as caught:
        check_examples(examples, task, {})
    assert caught.value.problems == (
        "test.csv:3: grade 20.0 is beyond school",
        "test.csv:5: grade 30.0 is beyond school",
    )


def test_every_example_that_cannot_be_learnt_from_is_told_with_its_place(readability, monkeypatch):
    task = readability.head_task("readability")
    items = [task.example_model(text="a", grade=grade) for grade in (1, 20)]
    examples = Examples.of("train.csv", items, ["train.csv:2", "train.csv:3"])
    check_training(examples, task, task.options_model())
    monkeypatch.setattr(type(task), "check_training", lambda self, examples, options: [(1, "too hard")])
    with pytest.raises(DataError, match="leave them out") as caught:
        check_training(examples, task, task.options_model())
    assert caught.value.problems == ("train.csv:3: too hard",)
