from __future__ import annotations

from pathlib import Path

import pytest

from trunkline.errors import Conflict
from trunkline.prediction.journal import Journal, noted

ABOUT = {"models": ["ner/a@1"]}


def test_a_torn_line_is_cut_off_and_written_again(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    with Journal(output, ABOUT) as journal:
        journal.append(["one", "two"])
    part = tmp_path / "out.jsonl.part"
    part.write_bytes(part.read_bytes() + b"thr")
    with Journal(output, ABOUT) as journal:
        assert journal.lines == 2
        journal.append(["three"])
        journal.finish()
    assert output.read_text() == "one\ntwo\nthree\n"
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_part_of_something_else_is_never_gone_on_with(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    with Journal(output, ABOUT) as journal:
        journal.append(["one"])
    assert noted(output) == ABOUT
    with pytest.raises(Conflict, match="finish that run first"):
        Journal(output, {"models": ["ner/b@1"]})
    assert (tmp_path / "out.jsonl.part").read_text() == "one\n"


def test_a_part_that_says_not_of_what_it_is_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl.part").write_text("of nobody knows what\n")
    with Journal(tmp_path / "out.jsonl", ABOUT) as journal:
        assert journal.lines == 0
