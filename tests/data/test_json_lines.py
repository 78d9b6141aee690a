import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.data.json_lines import read_json
from trunkline.errors import DataError

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(rows=st.lists(st.dictionaries(TEXT, TEXT | st.integers() | st.none()), min_size=1), ascii_only=st.booleans())
def test_lines_are_read_back_whatever_characters_they_hold(rows, ascii_only):
    text = "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in rows)
    assert [dict(row.values) for row in read_json(text, "t.jsonl").rows] == rows


def test_every_broken_line_is_told_and_blank_ones_are_not():
    text = '{"a": 1}\r\n\n{"a": NaN}\n[1]\n{"a": 1, "a": 2}\n{"a"\n' + '{"a":' * 100_000
    table = read_json(text, "t.jsonl")
    assert [row.place for row in table.rows] == ["t.jsonl:1"]
    assert table.problems == [
        "t.jsonl:3: not JSON: NaN is no JSON number",
        "t.jsonl:4: a JSON object is expected, this is list",
        "t.jsonl:5: a key occurs twice: 'a'",
        "t.jsonl:6: not JSON: Expecting ':' delimiter at character 5",
        "t.jsonl:7: not usable JSON: nested too deeply",
    ]


def test_an_array_of_objects_is_a_table_too():
    table = read_json('[{"a": 1},\n {"a": 2}, 3]', "t.json")
    assert [row.place for row in table.rows] == ["t.json:[1]", "t.json:[2]"]
    assert table.problems == ["t.json:[3]: a JSON object is expected, this is int"]


def test_a_broken_array_is_an_error_as_a_whole():
    with pytest.raises(DataError, match=r"t.json: not JSON: Expecting value at line 2, character 1\nWrite"):
        read_json('[{"a": 1},\n]', "t.json")
