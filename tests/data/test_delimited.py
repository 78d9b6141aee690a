import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.data.delimited import read_delimited, sniff_delimiter
from trunkline.errors import DataError

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(
    rows=st.lists(st.tuples(CELL, CELL).filter(lambda row: any(cell.strip() for cell in row)), min_size=1),
    delimiter=st.sampled_from(",\t;|"),
)
def test_what_the_standard_writer_writes_is_read_back(rows, delimiter):
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows([("text", "label"), *rows])
    table = read_delimited(file.getvalue(), "t.csv", delimiter)
    assert [tuple(row.values.get(column, "") for column in ("text", "label")) for row in table.rows] == rows
    assert not table.problems


def test_a_row_is_placed_at_the_line_where_it_opens():
    table = read_delimited('text,label\n"one\ntwo",a\n\nthree,b\n', "t.csv")
    assert [row.place for row in table.rows] == ["t.csv:2", "t.csv:5"]
    assert table.rows[0].values == {"text": "one\ntwo", "label": "a"}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(end):
    assert [r.place for r in read_delimited(end.join(["a,b", "1,2", "3,4"]), "t.csv").rows] == ["t.csv:2", "t.csv:3"]


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("text,label", ","),
        ("text;label", ";"),
        ("text\tlabel", "\t"),
        ("text|label|x", "|"),
        ('"a;b;c",label', ","),
        ("text", ","),
    ],
)
def test_the_delimiter_is_seen_in_the_header(header, delimiter):
    assert sniff_delimiter(f"\n{header}\nrow") == delimiter


def test_every_row_of_another_width_is_told():
    table = read_delimited("a,b\n1\n1,2\n1,2,3\n", "t.csv")
    assert table.problems == [
        "t.csv:2: 1 fields where the header has 2",
        "t.csv:4: 3 fields where the header has 2",
    ]


def test_values_stay_text_and_a_column_without_name_is_left_out():
    table = read_delimited(",text,label\n0,007,1\n1,NULL,2.50\n", "t.csv")
    assert [row.values for row in table.rows] == [{"text": "007", "label": "1"}, {"text": "NULL", "label": "2.50"}]
    assert table.text_only


def test_a_quote_that_never_closes_is_told_where_it_opens():
    table = read_delimited('a,b\n1,2\n"open,2\n3,4\n', "t.csv")
    assert table.problems == ["t.csv:3: unexpected end of data"]
    assert "written twice" in table.remedy


def test_a_wrong_quote_does_not_hide_what_comes_after():
    table = read_delimited('a,b\n"x"y,2\n1\n3,4\n"z"z,5\n', "t.csv")
    assert [problem.partition(": ")[0] for problem in table.problems] == ["t.csv:2", "t.csv:3", "t.csv:5"]
    assert [row.place for row in table.rows] == ["t.csv:4"]


def test_a_wrong_quote_in_the_header_is_an_error():
    with pytest.raises(DataError, match=r"t.csv:1: "):
        read_delimited('"a"b,c\n1,2\n', "t.csv")


def test_a_column_named_twice_is_an_error():
    with pytest.raises(DataError, match=r"t.csv:1: the header names a column twice: a"):
        read_delimited("a,b,a \n1,2,3\n", "t.csv")


def test_a_field_may_be_longer_than_the_standard_limit_which_stays_as_it_was():
    before = csv.field_size_limit()
    table = read_delimited(f"text,label\n{'a' * (before + 1)},x\n", "t.csv")
    assert len(table.rows[0].values["text"]) == before + 1
    assert csv.field_size_limit() == before


def test_a_header_of_delimiters_alone_has_no_rows():
    assert read_delimited(",,\n,,\n", "t.csv").rows == []
