from __future__ import annotations

from pathlib import Path

import pytest

from trunkline import DataError, InvalidInput
from trunkline_translation.text.glossary_files import read_glossary

PAIRS = [("trunk", "tronco"), ("a, b", 'say "x"')]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("g.tsv", 'source\ttarget\ntrunk\ttronco\n\na, b\tsay "x"\n'),
        ("g.tsv", '\ufefftrunk\ttronco\r\na, b\tsay "x"'),
        ("g.csv", 'term,translation\ntrunk,tronco\n"a, b","say ""x"""\n'),
        ("g.json", '{"trunk": "tronco", "a, b": "say \\"x\\""}'),
        ("g.json", '[["trunk", "tronco"], ["a, b", "say \\"x\\""]]'),
        ("g.JSON", '[{"source": "trunk", "target": "tronco"}, {"source": "a, b", "target": "say \\"x\\""}]'),
    ],
)
def test_every_form_gives_the_same_terms(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert [(term.source, term.target) for term in read_glossary(tmp_path / name).terms] == PAIRS


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("g.tsv", "a\tb\na\tc\n", "g.tsv:2: the term 'a' stands twice, here and in g.tsv:1"),
        ("g.tsv", "a\tb\n\tc\n", "g.tsv:2: the term is empty"),
        ("g.csv", "a,b\nc,\n", "g.csv:2: the term 'c' has no translation"),
        ("g.tsv", "a\tb\nc\n", "g.tsv:2: 1 columns, a term and its translation as text are needed"),
        ("g.csv", 'a,b\n"c,d\n', "g.csv:2: unexpected end of data"),
        ("g.json", '{"a": "b", "a": "c"}', "g.json: entry 2: the term 'a' stands twice, here and in g.json: entry 1"),
        ("g.json", '{"order": 5}', "g.json: entry 1: 5 is no text: write it in quotes"),
        ("g.json", '[["a", null]]', "g.json: entry 1: null is no text: write it in quotes"),
        ("g.json", '{"a": ', "g.json: not JSON"),
        ("g.json", '"a"', "g.json: neither an object nor a list"),
        ("g.json", "[1]", "g.json: entry 1: 1 columns"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(tmp_path: Path, name: str, text: str, problem: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as raised:
        read_glossary(tmp_path / name)
    assert raised.value.problems[0].startswith(problem)


def test_other_files(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"x\.xlsx: a glossary's suffix is one of \.tsv, \.csv, \.json"):
        read_glossary(tmp_path / "x.xlsx")
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_glossary(tmp_path / "x.tsv")
    (tmp_path / "y.tsv").write_bytes(b"a\tb\xff")
    with pytest.raises(DataError, match="not UTF-8 at byte 3"):
        read_glossary(tmp_path / "y.tsv")
