"""Tables as csv's writer writes them, and bad ones of which nothing but rows is answered."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

from trunkline.errors import InvalidInput
from trunkline.prediction.source import rows

LONG = "one, two\n" * 100_000  # characters of which csv's reader by itself would take the first 131,072


def read(path: Path, content: str | bytes) -> list[tuple[str, object]]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [(row.place, row.problem or row.fields) for row in rows(path, {})]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_the_standard_writer_writes_is_read_back(tmp_path: Path, end: str) -> None:
    path, choice = tmp_path / "a.csv", random.Random(0)
    texts = ["".join(choice.choices('ab",\n\r \xe9', k=choice.randrange(20))) for _ in range(300)]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("id", "text"), *enumerate(texts)])
    assert [row.fields for row in rows(path, {})] == [{"id": str(i), "text": text} for i, text in enumerate(texts)]


def test_a_long_field_is_one_row(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    assert read(tmp_path / "a.csv", f'id,text\n1,"{LONG}"\n2,b\n') == [
        ("a.csv:2", {"id": "1", "text": LONG}),
        ("a.csv:100003", {"id": "2", "text": "b"}),
    ]
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    "bad",
    [
        '1,"he said "yes\nto, me" again",x\n',  # the next line is the rest of the field
        '1,"he said "yes\nplain,middle\nto, me" again",x\n',  # even where that has no quote
        '1,"a"b,"c\nd,e\n",f\n',  # another field was open at the line's end
        '1,"never closed\n',
        '1,"' + LONG * 10 + '",x\n',  # above the limit of a line
    ],
)
def test_lines_that_may_be_a_fields_are_not_answered_as_rows(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text\n0,good\n" + bad + "2,b\n")
    found = rows(path, {})
    assert next(found).fields == {"id": "0", "text": "good"}
    with pytest.raises(InvalidInput, match=r"a\.csv:3: a quoted field opens .*A field that holds"):
        list(found)


def test_a_bad_quote_within_its_line_is_that_rows_problem(tmp_path: Path) -> None:
    assert read(tmp_path / "a.csv", 'id,text\n1,"a"b\n2,c\n3,"d\n') == [
        ("a.csv:2", "',' expected after '\"'"),
        ("a.csv:3", {"id": "2", "text": "c"}),
        ("a.csv:4", "unexpected end of data"),
    ]


def test_a_line_that_is_not_utf8_is_its_rows_problem(tmp_path: Path) -> None:
    content = b'id,text\n1,a\n2,"\xe9\n\xe9"\n3,"b\n\xe9"\n4,c\n'
    first, *wrong, last = read(tmp_path / "a.csv", content)
    assert (first, last) == (("a.csv:2", {"id": "1", "text": "a"}), ("a.csv:7", {"id": "4", "text": "c"}))
    assert [place for place, _ in wrong] == ["a.csv:3", "a.csv:6"]
    assert all(str(told).startswith("not UTF-8 at byte") for _, told in wrong)


def test_a_line_that_is_too_long_is_its_rows_problem(tmp_path: Path) -> None:
    (_, told), last = read(tmp_path / "a.csv", 'id,text\n1,"' + "a" * 8_000_001 + '\n"\n2,b\n')
    assert "at most 8000000 are read" in str(told)
    assert last == ("a.csv:4", {"id": "2", "text": "b"})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("id,text\r1,a\r2,b\r", r"a\.csv:1: a carriage return without a line feed after it: convert"),
        ("text,id, text\n1,2,3\n", r"a\.csv:1: the header names a column twice: text"),
        (b"id,\xe9\n1,2\n", r"a\.csv:1: not UTF-8 at byte 4"),
        ('id,"text\n1,2\n', r"a\.csv:1: a quoted field opens here"),
    ],
)
def test_a_header_that_cannot_be_used_is_told(tmp_path: Path, content: str | bytes, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read(tmp_path / "a.csv", content)


def test_a_bare_carriage_return_in_a_row_is_that_rows_problem(tmp_path: Path) -> None:
    (_, told), last = read(tmp_path / "a.csv", "id,text\n1,a\rb\n2,b\n")
    assert "a carriage return without a line feed" in str(told)
    assert last == ("a.csv:3", {"id": "2", "text": "b"})
