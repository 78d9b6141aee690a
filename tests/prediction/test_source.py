from __future__ import annotations

from pathlib import Path

import pytest

from trunkline import InvalidInput, NotFound
from trunkline.prediction.source import rows


def read(path: Path, **columns: str) -> list[tuple[str, object]]:
    return [(row.place, row.problem or row.fields) for row in rows(path, columns)]


def test_json_lines_with_their_places_and_problems(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('\ufeff{"text": "a\u2028b"}\n\n[1]\n{"text":\n{"text": "\xe9"}'.encode() + b'\n{"text": "\xe9"}\n')
    found = read(path)
    assert found[0] == ("a.jsonl:1", {"text": "a\u2028b"})
    assert found[1] == ("a.jsonl:3", "a JSON object is expected, this is list")
    assert found[2][0] == "a.jsonl:4"
    assert str(found[2][1]).startswith("not JSON")
    assert found[3] == ("a.jsonl:5", {"text": "\xe9"})
    assert "not UTF-8 at byte 11 of the line" in str(found[4][1])
    assert [row.end for row in rows(path, {})][-1] == path.stat().st_size


def test_csv_with_a_field_of_several_lines_and_another_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,message\n1,"two\nlines"\n2\n3,last\n')
    assert read(path, text="message") == [
        ("a.csv:2", {"id": "1", "text": "two\nlines"}),
        ("a.csv:4", "1 fields where the header has 2"),
        ("a.csv:5", {"id": "3", "text": "last"}),
    ]


def test_a_chosen_column_comes_before_one_of_the_fields_name(tmp_path: Path) -> None:
    for header in ("text,body", "body,text"):
        path = tmp_path / "a.csv"
        path.write_text(f"{header}\n" + ("no,yes\n" if header.startswith("text") else "yes,no\n"))
        assert read(path, text="body") == [("a.csv:2", {"text": "yes"})]
        assert read(path, text="body", text_pair="body") == [("a.csv:2", {"text": "yes", "text_pair": "yes"})]


def test_a_number_that_json_cannot_write_again_is_its_rows_problem(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": NaN}\n{"id": -Infinity}\n{"id": 1e999}\n{"id": -1.5e300}\n{"id": 3}\n')
    assert [told for _, told in read(path)] == [
        "not JSON: NaN is no JSON number",
        "not JSON: -Infinity is no JSON number",
        "not JSON: 1e999 lies beyond the largest number that is read",
        {"id": -1.5e300},
        {"id": 3},
    ]


def test_one_text_a_line_keeps_empty_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\r\n\ntwo")
    assert [fields for _, fields in read(path)] == [{"text": "one"}, {"text": ""}, {"text": "two"}]


def test_what_is_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"ends with \.jsonl"):
        read(tmp_path / "a.pdf")
    with pytest.raises(NotFound):
        read(tmp_path / "a.jsonl")
