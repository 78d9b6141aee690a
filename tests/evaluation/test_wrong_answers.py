import json
from pathlib import Path

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
        check_destination(tmp_path / "no" / "wrong.jsonl", [])
    with pytest.raises(InvalidInput, match="not a file"):
        check_destination(tmp_path, [])


def test_the_data_themselves_are_never_replaced(tmp_path, monkeypatch):
    """By whatever name: another spelling of the path, a hard link, a file inside a folder of data."""
    data = tmp_path / "test.jsonl"
    data.write_text("rows")
    (tmp_path / "other.jsonl").hardlink_to(data)
    monkeypatch.chdir(tmp_path)
    for path, source in [(data, str(data)), (Path("test.jsonl"), data), (tmp_path / "other.jsonl", data), (data, ".")]:
        with pytest.raises(InvalidInput, match="the data themselves, and would be replaced; name a new file"):
            check_destination(path, source)
    check_destination(tmp_path / "wrong.jsonl", data)
    check_destination(data, "-")
    assert data.read_text() == "rows"


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
