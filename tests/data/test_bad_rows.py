"""Rows that cannot be used are told and left out, where a caller wants that; else they are an error."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from trunkline.contract import hookimpl, load_plugins
from trunkline.data.bad_rows import Logged, told
from trunkline.data.read import read_examples
from trunkline.errors import DataError
from trunkline.progress import Silent

BAD = [{"text": "a", "label": "x"}, {"text": 5, "label": 6}, {"text": "b", "label": "y"}, {"label": "y"}]


class Lines(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def written(folder: Path, text: str, name: str = "train.jsonl") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_the_good_rows_keep_their_places_and_all_bad_ones_are_counted(task, plugins, tmp_path):
    path = written(tmp_path, "\n".join(map(json.dumps, BAD)) + "\n{broken")
    heard = Lines()
    examples = read_examples(task, path, plugins, dropping=heard)
    assert [item.text for item in examples.items] == ["a", "b"]
    assert examples.places == ("train.jsonl:1", "train.jsonl:3")
    assert examples.dropped == 3
    [line] = heard.lines
    assert line.startswith("warning: train.jsonl: 3 row(s) cannot be used and are left out:\n")
    for problem in (
        "train.jsonl:5: not JSON",
        "train.jsonl:2: text: ",
        "train.jsonl:2: label: ",
        "train.jsonl:4: text",
    ):
        assert problem in line
    with pytest.raises(DataError) as caught:
        read_examples(task, path, plugins)
    assert len(caught.value.problems) == 4


def test_the_same_rows_without_the_bad_ones_are_the_same_data(task, plugins):
    dropped = read_examples(task, BAD, plugins, dropping=Lines())
    assert dropped.fingerprint == read_examples(task, [BAD[0], BAD[2]], plugins).fingerprint
    assert (dropped.dropped, dropped.places) == (2, ("row 1", "row 3"))


def test_rows_of_another_width_are_left_out(task, plugins, tmp_path):
    path = written(tmp_path, "text,label\na,x\nb\nc,y,z\nd,w\n", "train.csv")
    examples = read_examples(task, path, plugins, dropping=Lines())
    assert ([item.text for item in examples.items], examples.dropped) == (["a", "d"], 2)


@pytest.mark.parametrize("content", ['{"text": 1}\n{"text": 2}', "{broken", ""])
def test_where_nothing_is_left_it_is_an_error(task, plugins, tmp_path, content):
    heard = Lines()
    with pytest.raises(DataError, match=r"train\.jsonl"):
        read_examples(task, written(tmp_path, content), plugins, dropping=heard)
    assert heard.lines == []


def test_good_rows_are_not_told(task, plugins):
    heard = Lines()
    assert read_examples(task, [BAD[0]], plugins, dropping=heard).dropped == 0
    assert heard.lines == []


class Halves:
    """Reads `.halves`, of which every second line is bad, two lines a row."""

    def __init__(self, rows: bool) -> None:
        self.rows = rows

    @hookimpl
    def read_examples(self, task: str, path: Path) -> Sequence[Mapping[str, Any]] | None:
        if path.suffix != ".halves":
            return None
        good = [{"text": "a", "label": "x", "__place__": "a.halves:1"}, {"text": 3, "label": "x"}]
        raise DataError(["a.halves:2: bad", "a.halves:3: bad"], "Mend it.", good if self.rows else None, 1)


def test_a_plugin_may_give_the_rows_that_are_right(task, plugins, tmp_path):
    path = written(tmp_path, "", "a.halves")
    block = [status.name for status in plugins.status]
    heard = Lines()
    examples = read_examples(task, path, load_plugins(block=block, extra=[Halves(rows=True)]), dropping=heard)
    assert (examples.places, examples.dropped) == (("a.halves:1",), 2)
    assert "a.halves:3: bad" in heard.lines[0]
    with pytest.raises(DataError, match=r"Mend it\."):
        read_examples(task, path, load_plugins(block=block, extra=[Halves(rows=False)]), dropping=heard)


def test_a_thousand_bad_rows_are_told_in_few_lines():
    heard = Lines()
    told(heard, "train.csv", 1000, [f"train.csv:{number}: bad" for number in range(1000)])
    lines = heard.lines[0].split("\n")
    assert len(lines) == 1 + DataError.SHOWN + 1
    assert lines[-1] == f"... and {1000 - DataError.SHOWN} more"


def test_without_a_progress_warnings_are_logged(caplog):
    with caplog.at_level(logging.INFO):
        Logged().say("warning: one row")
        Logged().say("an estimate")
    assert [(one.levelname, one.message) for one in caplog.records] == [
        ("WARNING", "warning: one row"),
        ("INFO", "an estimate"),
    ]
