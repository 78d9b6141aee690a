"""Two aligned files, by every name that they are called."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from trunkline import DataError
from trunkline_translation.parallel import lines
from trunkline_translation.parallel.reading import read


def written(folder: Path, **files: str) -> Path:
    """Write files; `corpus__en` is corpus.en."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_bytes(text.encode())
    return folder


def texts(path: Path) -> list[tuple[str, str]]:
    rows = read(path)
    assert rows is not None
    return [(row["source"], row["target"]) for row in rows]


@pytest.mark.parametrize(
    ("name", "forth"),
    [
        ("corpus.en", True),
        ("corpus.pt", False),
        ("corpus:en-pt", True),
        ("corpus:pt-en", False),
        ("corpus:eng-por", True),
        ("corpus.en-pt", True),
        ("corpus.pt-en", False),
        (".:pt-en", False),
    ],
)
def test_the_name_says_the_direction(tmp_path: Path, name: str, forth: bool) -> None:
    folder = written(tmp_path / "data", corpus__en="one\ntwo\n", corpus__pt="um\ndois\n")
    path = folder / name if name[0] != "." else tmp_path / "data:pt-en"
    expected = [("one", "um"), ("two", "dois")]
    assert texts(path) == (expected if forth else [(target, source) for source, target in expected])


def test_a_row_has_its_place_and_its_languages(tmp_path: Path) -> None:
    rows = read(written(tmp_path, corpus__en="one\n\ntwo", corpus__pt="um\n\ndois") / "corpus.en")
    assert rows == [
        {"source": "one", "target": "um", "source_lang": "en", "target_lang": "pt", "__place__": "corpus.en:1"},
        {"source": "two", "target": "dois", "source_lang": "en", "target_lang": "pt", "__place__": "corpus.en:3"},
    ]


@pytest.mark.parametrize("name", ["OPUS.en-pt", "OPUS.en-pt.en", "."])
def test_a_corpus_of_opus_is_named_by_its_pair(tmp_path: Path, name: str) -> None:
    files = {"OPUS__en-pt__en": "one", "OPUS__en-pt__pt": "um", "OPUS__en-pt__ids": "1", "README": "x", "LICENSE": "y"}
    assert texts(written(tmp_path / "data", **files) / name) == [("one", "um")]


def test_two_files_in_a_folder_go_by_the_pair_in_their_name(tmp_path: Path) -> None:
    folder = written(tmp_path / "data", **{"por-eng__dev__eng": "one", "por-eng__dev__por": "um"})
    assert texts(folder) == [("um", "one")]


def test_sides_called_source_and_target_need_no_language(tmp_path: Path) -> None:
    folder = written(tmp_path / "data", train__tgt="um", train__src="one")
    (row,) = read(folder) or []
    assert (row["source"], row["source_lang"], row["target"], row["target_lang"]) == ("one", None, "um", None)


def test_text_files_named_by_the_language_alone(tmp_path: Path) -> None:
    folder = written(tmp_path / "data", en__txt="one", pt__txt="um")
    assert texts(folder / "en.txt") == [("one", "um")]
    assert texts(tmp_path / "data:pt-en") == [("um", "one")]


def test_gzip_is_read(tmp_path: Path) -> None:
    for name, text in (("a.en.gz", "one\n"), ("a.pt.gz", "um\n")):
        (tmp_path / name).write_bytes(gzip.compress(text.encode()))
    assert texts(tmp_path / "a.en.gz") == [("one", "um")]
    (tmp_path / "a.pt.gz").write_bytes((tmp_path / "a.pt.gz").read_bytes()[:-9])
    with pytest.raises(DataError, match=r"a.pt.gz: not a whole gzip file"):
        read(tmp_path / "a.en.gz")


def test_only_line_feeds_end_lines_and_texts_stay_as_they_are(tmp_path: Path) -> None:
    folder = written(tmp_path, a__en="\ufeffo\u2028ne \x0b\r\n\ttwo\x85\r\n", a__pt="um\r\ndois\x07")
    assert texts(folder / "a.en") == [("o\u2028ne \x0b", "um"), ("\ttwo\x85", "dois\x07")]


def test_different_numbers_of_lines_are_both_named(tmp_path: Path) -> None:
    folder = written(tmp_path, a__en="one\ntwo\n", a__pt="um\n" * 1200)
    with pytest.raises(DataError, match=r"a.en has 2 lines and a.pt 1,200\n.*Was one of them cut\?"):
        read(folder / "a.en")


@pytest.mark.parametrize(
    ("files", "name", "told"),
    [
        ({"a__en": "one"}, "a.en", r"a.en: no translation beside it, such as a.LANGUAGE"),
        ({"a__en": "", "a__pt": ""}, "a.en", r"a.en: the file is empty"),
        ({"a__en": "x", "a__pt": "y", "a__de": "z"}, "a.en", r"2 translations .*a.de, a.pt\nName .*a:en-de or a:en-pt"),
        ({"a__en": "x", "a__pt": "y"}, "", r"which is the source is not said: a.en, a.pt\nName .*data:en-pt"),
        ({"a__en": "x", "a__pt": "y", "b__en": "x", "b__pt": "y"}, "", r"2 aligned corpora: a, b\nName .*data/a.en"),
    ],
)
def test_what_cannot_be_told_is_an_error(tmp_path: Path, files: dict[str, str], name: str, told: str) -> None:
    folder = written(tmp_path / "data", **files)
    with pytest.raises(DataError, match=told):
        read(folder / name)


def test_another_encoding_is_told_with_its_file_and_line(tmp_path: Path) -> None:
    written(tmp_path, a__en="one\ntwo")
    (tmp_path / "a.pt").write_bytes("um\nnão".encode("latin-1"))
    with pytest.raises(DataError, match=r"a.pt:2: not UTF-8: byte 0xe3\n.*iconv -f WINDOWS-1252 -t UTF-8 a.pt"):
        read(tmp_path / "a.en")


@pytest.mark.parametrize(
    ("name", "content"),
    [("rows.raw", "source,target\na,b\n"), ("rows.abc", '{"source": "a", "target": "b"}\n'), ("corpus.txt", "one\n")],
)
def test_other_files_are_left_to_others(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    assert read(tmp_path / name) is None


def test_a_name_of_nothing_is_left_to_others(tmp_path: Path) -> None:
    assert read(tmp_path / "missing") is None
    assert read(tmp_path / "missing:en-pt") is None
    assert read(tmp_path / "nowhere" / "missing.en-pt") is None
    assert read(tmp_path) is None


def test_the_real_sentences_of_tatoeba_are_read(corpora: Path) -> None:
    folder = corpora / "tatoeba"
    english = (folder / "por-eng.dev.eng").read_text(encoding="utf-8").split("\n")[:300]
    portuguese = (folder / "por-eng.dev.por").read_text(encoding="utf-8").split("\n")[:300]
    assert texts(folder / "por-eng.dev.eng") == list(zip(english, portuguese, strict=True))
    assert texts(folder / "por-eng.dev:pt-en") == list(zip(portuguese, english, strict=True))
    assert lines.find(folder / "por-eng.dev", None) is None
