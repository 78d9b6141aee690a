import json

import pytest

from trunkline.data.examples import Examples
from trunkline.errors import EnvironmentFault, InvalidInput
from trunkline.evaluation.wrong_answers import check_destination, write_wrong


@pytest.fixture
def answered(readability):
    task = readability.head_task("readability")
    items = [task.example_model(text=f"größe {grade}", grade=grade) for grade in (1, 2, 9)]
    examples = Examples.of("test.csv", items, ["test.csv:2", "test.csv:3", "test.csv:4"])
    return task, examples, [task.response_model(grade=2, model="readability/grades@1") for _ in items]


def test_wrong_answers_stand_with_their_place(answered, tmp_path):
    path = tmp_path / "wrong.jsonl"
    path.write_text("what was there before")
    assert write_wrong(path, *answered) == 1
    assert [json.loads(line) for line in path.read_text("utf-8").splitlines()] == [
        {
            "place": "test.csv:4",
            "example": {"text": "größe 9", "grade": 9.0},
            "response": {"model": "readability/grades@1", "grade": 2.0},
        }
    ]
    assert [file.name for file in tmp_path.iterdir()] == ["wrong.jsonl"]


def test_a_place_that_cannot_be_written_is_told_beforehand(tmp_path):
    with pytest.raises(InvalidInput, match="make the folder first"):
        check_destination(tmp_path / "no" / "wrong.jsonl")
    with pytest.raises(InvalidInput, match="not a file"):
        check_destination(tmp_path)


def test_a_full_disk_leaves_the_old_file(answered, tmp_path, monkeypatch):
    path = tmp_path / "wrong.jsonl"
    path.write_text("before")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(EnvironmentFault, match="cannot be written: No space left on device"):
        write_wrong(path, *answered)
    assert path.read_text() == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["wrong.jsonl"]
