import io
import json
import os
import threading

import pytest

from trunkline.contract import hookimpl, load_plugins
from trunkline.data.read import read_examples
from trunkline.data.rows import write_jsonl
from trunkline.errors import DataError, InvalidInput, NotFound


def test_places_and_values_come_from_the_file(task, plugins, tmp_path):
    (tmp_path / "train.csv").write_text('text,category,text_pair\n"a\nb",1,\nc,2,d\n')
    examples = read_examples(task, tmp_path / "train.csv", plugins, {"label": "category"})
    assert [(item.text, item.label, item.text_pair) for item in examples.items] == [
        ("a\nb", "1", None),
        ("c", "2", "d"),
    ]
    assert examples.places == ("train.csv:2", "train.csv:4")
    assert examples.name == "train.csv"


def test_all_bad_rows_are_reported_and_none_is_echoed(task, plugins, tmp_path):
    rows = [
        {"text": "good", "label": "a", "entities": [{"start": 0, "end": 4}]},
        {"text": "bad", "label": "a", "entities": [{"start": -1, "end": "SECRET"}]},
        {"text": "number", "label": 5},
        {"label": "a"},
    ]
    path = tmp_path / "train.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n{broken\n")
    with pytest.raises(DataError) as caught:
        read_examples(task, path, plugins)
    told = caught.value.problems
    assert told[0].startswith("train.jsonl:5: not JSON")
    assert told[1] == "train.jsonl:2: entities.0.start: Input should be greater than or equal to 0"
    assert told[2].startswith("train.jsonl:2: entities.0.end: Input should be a valid integer")
    assert told[3] == "train.jsonl:3: label: Input should be a valid string"
    assert told[4] == "train.jsonl:4: text: Field required"
    assert "SECRET" not in str(caught.value)


def test_kept_data_is_read_back_to_equal_examples_by_content_alone(task, plugins, tmp_path, make_message):
    items = [make_message(text="a\u2028b", label="x", entities=[{"start": 0, "end": 1}])]
    write_jsonl(tmp_path / "0f3a", items)
    assert list(read_examples(task, tmp_path / "0f3a", plugins).items) == items


def test_rows_in_memory_are_a_source_too(task, plugins):
    examples = read_examples(task, [{"text": "a", "intent": "x"}], plugins)
    assert examples.items[0].label == "x"
    assert examples.places == ("row 1",)
    with pytest.raises(DataError, match="rows: no rows"):
        read_examples(task, [], plugins)


def test_standard_input_is_read_by_its_content(task, plugins, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"text,label\na,x\n")))
    examples = read_examples(task, "-", plugins)
    assert (examples.name, examples.places) == ("stdin", ("stdin:2",))


def test_a_pipe_is_read_by_its_content(task, plugins, tmp_path):
    os.mkfifo(tmp_path / "63")
    writer = threading.Thread(target=(tmp_path / "63").write_bytes, args=(b'{"text": "a", "label": "x"}\n',))
    writer.start()
    examples = read_examples(task, tmp_path / "63", plugins)
    writer.join()
    assert (examples.items[0].text, examples.places) == ("a", ("pipe:1",))


def test_a_missing_file_offers_near_names(task, plugins, tmp_path):
    (tmp_path / "train.csv").write_text("text,label\n")
    with pytest.raises(NotFound, match=r"no file named 'trian.csv'; did you mean train.csv\?"):
        read_examples(task, tmp_path / "trian.csv", plugins)


def test_only_what_can_be_read_is_offered(task, plugins, tmp_path):
    (tmp_path / "trian").mkdir()
    (tmp_path / "train.csv").write_text("text,label\n")
    (tmp_path / "trains").mkdir()
    (tmp_path / "trains" / "state.json").write_text("{}")
    with pytest.raises(NotFound) as caught:
        read_examples(task, tmp_path / "trainz", plugins)
    assert str(caught.value) == "no file named 'trainz'; did you mean trains or train.csv?"


class Several:
    """A plugin for which a name may stand for several files."""

    @hookimpl
    def read_examples(self, task, path):
        if path.suffix == ".opened":
            return [{"text": path.read_text(), "label": "x"}]
        parts = sorted(path.parent.glob(f"{path.name}-part-*"))
        return [{"text": part.read_text(), "label": "x"} for part in parts] or None


def test_a_plugin_may_give_a_name_without_a_file_a_meaning(task, tmp_path):
    (tmp_path / "train-part-1").write_text("one")
    (tmp_path / "train-part-2").write_text("two")
    plugins = load_plugins(extra=[Several()])
    assert [item.text for item in read_examples(task, tmp_path / "train", plugins).items] == ["one", "two"]
    for missing in ("trian", "trian.opened"):  # one that all leave, and one that a plugin cannot open
        with pytest.raises(NotFound, match=f"no file named '{missing}'"):
            read_examples(task, tmp_path / missing, plugins)


def test_a_csv_tells_of_every_bad_line(task, plugins, tmp_path):
    (tmp_path / "t.csv").write_text('text,label\na\n"b"c,x\na,b,c\ngood,x\nd\n')
    with pytest.raises(DataError) as caught:
        read_examples(task, tmp_path / "t.csv", plugins)
    assert [problem.partition(": ")[0] for problem in caught.value.problems] == [
        "t.csv:2",
        "t.csv:3",
        "t.csv:4",
        "t.csv:6",
    ]
    assert "written twice" in str(caught.value)


def test_a_header_alone_has_no_rows(task, plugins, tmp_path):
    (tmp_path / "train.csv").write_text("text,label\n")
    with pytest.raises(DataError, match=r"train.csv: no rows"):
        read_examples(task, tmp_path / "train.csv", plugins)


class Lines:
    """A plugin that reads `label text` lines of files that end in .lines."""

    @hookimpl
    def read_examples(self, task, path):
        if path.suffix != ".lines":
            return None
        lines = path.read_text("utf-8").splitlines()
        return (
            {"label": line.split()[0], "text": line.partition(" ")[2], "__place__": f"{path.name}:{number}"}
            for number, line in enumerate(lines, 1)
        )


def test_a_plugin_is_asked_first_and_others_read_the_rest(task, tmp_path):
    plugins = load_plugins(extra=[Lines()])
    (tmp_path / "a.lines").write_text("x one\ny two\n")
    examples = read_examples(task, tmp_path / "a.lines", plugins)
    assert [(item.label, item.text) for item in examples.items] == [("x", "one"), ("y", "two")]
    assert examples.places == ("a.lines:1", "a.lines:2")
    (tmp_path / "a.csv").write_text("text,label\none,x\n")
    assert read_examples(task, tmp_path / "a.csv", plugins).items[0].text == "one"


def test_a_plugin_that_meets_another_encoding_gets_the_same_remedy(task, tmp_path):
    (tmp_path / "a.lines").write_bytes(b"x gr\xfcn\n")
    with pytest.raises(DataError, match="byte 0xfc at byte position 4"):
        read_examples(task, tmp_path / "a.lines", load_plugins(extra=[Lines()]))


def test_a_file_that_may_not_be_read_says_so(task, plugins, tmp_path):
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    with pytest.raises((InvalidInput, NotFound)):
        read_examples(task, tmp_path / "loop.csv", plugins)
