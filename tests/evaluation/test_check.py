import pytest

from trunkline.data.examples import Examples
from trunkline.errors import DataError
from trunkline.evaluation.check import check_examples, check_training, warnings
from trunkline.progress import Silent


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


def test_a_problem_of_many_rows_is_told_once_with_their_number(readability, monkeypatch):
    task = readability.head_task("readability")
    examples = Examples.of("test.csv", [task.example_model(text="a", grade=grade) for grade in range(40)])
    found = [(index, "too hard" if index < 39 else "too easy") for index in range(40)]
    monkeypatch.setattr(type(task), "check_examples", lambda self, examples, config: found)
    with pytest.raises(DataError) as caught:
        check_examples(examples, task, {})
    assert caught.value.problems == ("too hard (39 rows, the first row 1)", "row 40: too easy")


def test_rows_without_a_text_are_told_with_the_first_place(readability, monkeypatch):
    task = readability.head_task("readability")
    monkeypatch.setattr(type(task), "warnings", lambda self, examples: ["of the task"])
    items = [task.example_model(text=text, grade=1) for text in ("a", "", "b", " \n")]
    examples = Examples.of("train.csv", items, [f"train.csv:{n}" for n in range(2, 6)])
    told = "2 row(s) with an empty text, the first train.csv:3: give them one or leave them out"
    assert warnings(examples, task) == ["of the task", told]
    assert warnings(examples.subset([0, 2]), task) == ["of the task"]


def test_bad_rows_are_left_out_and_counted_where_somebody_is_told(readability, monkeypatch):
    task = readability.head_task("readability")
    items = [task.example_model(text="a", grade=grade) for grade in (1, 20, 2)]
    examples = Examples.of("test.csv", items, dropped=4)
    hard = lambda self, examples, config: [(i, "too hard") for i, one in enumerate(examples) if one.grade > 12]  # noqa: E731
    monkeypatch.setattr(type(task), "check_examples", hard)
    monkeypatch.setattr(type(task), "check_training", hard)
    told = []

    class Listening(Silent):
        def say(self, line):
            told.append(line)

    for check, about in ((check_examples, {}), (check_training, task.options_model())):
        kept = check(examples, task, about, Listening())
        assert ([one.grade for one in kept.items], kept.dropped, kept.places) == ([1, 2], 5, ("row 1", "row 3"))
        assert told.pop() == "warning: test.csv: 1 row(s) cannot be used and are left out:\nrow 2: too hard"
        with pytest.raises(DataError, match="too hard"):
            check(examples.subset([1]), task, about, Listening())
