import pytest

from trunkline.data.tables import read_table
from trunkline.errors import DataError

ROWS = [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "text,label\na,x\nb,y\n"),
        ("t.csv", "text;label\na;x\nb;y\n"),
        ("t.tsv", "text\tlabel\na\tx\nb\ty\n"),
        ("T.JSONL", '{"text": "a", "label": "x"}\n{"text": "b", "label": "y"}\n'),
        ("t.json", '[{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]'),
        ("stdin", '{"text": "a", "label": "x"}\n{"text": "b", "label": "y"}\n'),
        ("stdin", "text\tlabel\na\tx\nb\ty\n"),
        ("t.txt", "text,label\na,x\nb,y\n"),
    ],
)
def test_a_file_is_read_by_its_suffix_or_else_by_its_beginning(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    assert [row.values for row in read_table(tmp_path / name).rows] == ROWS


def test_parquet_is_known_without_its_suffix(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.Table.from_pylist(ROWS), tmp_path / "data")
    assert [row.values for row in read_table(tmp_path / "data").rows] == ROWS


def test_a_format_that_cannot_be_told_lists_what_is_known(tmp_path):
    (tmp_path / "notes.txt").write_text("just some text\nwithout columns\n")
    with pytest.raises(DataError, match=r"its format cannot be told\nKnown: CSV, TSV, JSONL"):
        read_table(tmp_path / "notes.txt")
    with pytest.raises(DataError, match="a folder that `datasets` did not write"):
        read_table(tmp_path)
