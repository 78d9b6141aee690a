"""Reading CoNLL columns, as they occur and as they go wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from seqeval.metrics.sequence_labeling import get_entities

from trunkline import DataError
from trunkline_ner import conll
from trunkline_ner.models import NerExample
from trunkline_ner.plugin import read_examples


def written(folder: Path, content: str | bytes, name: str = "train.conll") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def spans(path: Path) -> list[list[tuple[str, str]]]:
    """Read `path` and give (the span's text, its label) of every row."""
    rows = [NerExample.model_validate(dict(row)) for row in conll.read(path)]
    return [[(row.text[e.start : e.end], e.label) for e in row.entities] for row in rows]


TWO = [[("Ada Lovelace", "PER"), ("London", "LOC")], [("Karl", "PER"), ("Anna", "PER")]]


@pytest.mark.parametrize(
    ("scheme", "tags"),
    {
        "IOB1": "I-PER I-PER O I-LOC O I-PER B-PER",
        "IOB2": "B-PER I-PER O B-LOC O B-PER B-PER",
        "BILOU": "B-PER L-PER O U-LOC O U-PER U-PER",
        "BIOES": "B-PER E-PER O S-LOC O S-PER S-PER",
    }.items(),
)
def test_every_scheme_gives_the_same_spans(tmp_path: Path, scheme: str, tags: str) -> None:
    tokens = ["Ada", "Lovelace", "in", "London", "with", "Karl", "Anna"]
    lines = [f"{token} {tag}" for token, tag in zip(tokens, tags.split(), strict=True)]
    path = written(tmp_path, "\n".join([*lines[:4], "", *lines[4:]]))
    assert spans(path) == TWO, scheme


def test_tags_without_prefix_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "Ada PER\nLovelace PER\nin O\nParis LOC\nBerlin creative-work\n")
    assert spans(path) == [[("Ada Lovelace", "PER"), ("Paris", "LOC"), ("Berlin", "creative-work")]]


@pytest.mark.parametrize("suffix", [".conll", ".txt", ".bio", ".whatever", ""])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_columns_white_space_and_suffix_do_not_matter(tmp_path: Path, suffix: str, end: str) -> None:
    lines = ["-DOCSTART- -X- -X- O", "", "Ada NNP  I-NP\tB-PER", "met \t VBD X  O", " \t", "", "Paris\tNNP\tB-LOC "]
    path = written(tmp_path, "\ufeff" + end.join(lines), f"data{suffix}")
    rows = read_examples("ner", path)
    assert rows is not None
    assert [(row["text"], row["__place__"]) for row in rows] == [
        ("Ada met", f"data{suffix}:3"),
        ("Paris", f"data{suffix}:7"),
    ]


def test_a_comment_before_a_sentence_is_no_token_but_a_hash_is(tmp_path: Path) -> None:
    path = written(tmp_path, "# id 17\tdomain=en\nAda B-PER\n# O\n\n# B-PER\n1 O\n")
    assert [row["text"] for row in conll.read(path)] == ["Ada #", "# 1"]


def test_odd_white_space_inside_a_token_stays_there(tmp_path: Path) -> None:
    path = written(tmp_path, "New\u00a0York\tB-LOC\nline\u2028sep\tO\nx\x0by\tO\n")
    (row,) = conll.read(path)
    assert row["text"] == "New\u00a0York line\u2028sep x\x0by"
    assert spans(path) == [[("New\u00a0York", "LOC")]]


def test_every_line_whose_tokens_and_tags_differ_in_number_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "Ada B-PER\nmet\n\nin O\n\tO\n")
    with pytest.raises(DataError) as caught:
        conll.read(path)
    assert [problem.split(": ")[0] for problem in caught.value.problems] == ["train.conll:2", "train.conll:5"]


def test_a_tag_without_prefix_among_others_is_told_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "Ada B-PER\nmet O\nKarl PER\n\nin B-\n")
    with pytest.raises(DataError) as caught:
        conll.read(path)
    assert [problem.split(": ")[0] for problem in caught.value.problems] == ["train.conll:3", "train.conll:5"]
    assert "'PER' is neither O nor has a prefix" in str(caught.value)


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train.conll: the file is empty"):
        conll.read(written(tmp_path, "\n \n"))


@pytest.mark.parametrize(
    ("encoding", "remedy"), [("latin-1", "iconv -f WINDOWS-1252"), ("utf-16", "iconv -f UTF-16 -t UTF-8")]
)
def test_another_encoding_is_told_with_its_line(tmp_path: Path, encoding: str, remedy: str) -> None:
    path = written(tmp_path, "Ada O\nZürich B-LOC\n".encode(encoding))
    with pytest.raises(DataError, match=r"train.conll:\d: not UTF-8") as caught:
        read_examples("ner", path)
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.csv", "text,label\nAda O,B-PER\n"),
        ("rows.jsonl", '{"text": "Ada", "entities": []}\n'),
        ("stdin", '{"text": "Ada O", "entities": []}\n'),
        ("stdin", "text,entities\nAda met Karl,[]\n"),
        ("notes.txt", "Ada met Karl.\nThey talked.\n"),
        ("data.arrow", b"ARROW1\0\0 O\n"),
        ("nothing.txt", ""),
    ],
)
def test_other_formats_are_left_to_others(tmp_path: Path, name: str, content: str | bytes) -> None:
    path = written(tmp_path, content, name)
    assert read_examples("ner", path) is None


def test_another_tasks_file_is_left_alone(tmp_path: Path) -> None:
    assert read_examples("classification", written(tmp_path, "Ada B-PER\n")) is None
    assert read_examples("ner", tmp_path) is None


@pytest.mark.parametrize(("split", "sentences"), [("train", 3394), ("dev", 1009), ("test", 1287)])
def test_the_real_wnut_is_read_as_seqeval_reads_it(corpora: Path, split: str, sentences: int) -> None:
    path = corpora / "wnut17" / f"{split}.conll"
    blocks: list[list[list[str]]] = [[]]
    for line in path.read_text("utf-8").split("\n"):
        if line.strip():
            blocks[-1].append(line.split("\t"))
        elif blocks[-1]:
            blocks.append([])
    expected = []
    for block in blocks:
        tokens = [token for token, _ in block]
        found = get_entities([tag for _, tag in block])
        expected.append([(" ".join(tokens[first : last + 1]), label) for label, first, last in found])
    assert spans(path) == [block for block, rows in zip(expected, blocks, strict=True) if rows]
    assert len(spans(path)) == sentences


def test_whole_sentences_are_given_beside_the_broken_ones(tmp_path: Path) -> None:
    path = written(tmp_path, "Ada B-PER\nmet O\n\nKarl\nMarx B-PER\n\nin O\nBonn LOC\n\nrain O\n")
    with pytest.raises(DataError) as caught:
        conll.read(path)
    assert [problem.split(": ")[0] for problem in caught.value.problems] == ["train.conll:4", "train.conll:8"]
    assert caught.value.bad_rows == 2
    assert [row["text"] for row in caught.value.rows] == ["Ada met", "rain"]
    assert caught.value.rows[1]["__place__"] == "train.conll:10"
