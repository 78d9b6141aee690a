"""Files and folders: each becomes what it should, and every one that cannot is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from papers import pdf
from trunkline import DataError
from trunkline_qa.knowledge import files
from trunkline_qa.knowledge.documents import Document, FAQPair
from trunkline_qa.knowledge.files import read_files


def write(folder: Path, **contents: str | bytes) -> Path:
    """Write files; `_` in a name stands for a dot, `__` for a slash."""
    for name, content in contents.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@pytest.fixture
def help_folder(tmp_path: Path) -> Path:
    return write(
        tmp_path / "help",
        a_md="# Refunds\n\nLost parcels.",
        b_txt="\ufeffLost.\r\nFound.\r\n",
        deep__c_html="<h1>Days</h1><p>Five.",
        deep__d_PDF=pdf("Letters."),
        faq_csv='question,answer,team\nWhen?,Now.,post\nWho?,"We, all.",\n',
        rows_jsonl='{"id": "r1", "text": "Row.", "pages": 3, "new": true}\n{"text": "Other.", "title": null}\n',
        _hidden__e_txt="Hidden.",
        picture_png=b"\x89PNG",
    )


def test_a_folder(help_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(help_folder.parent)
    items = read_files(["help"])
    assert items == read_files(["./help/../help/"]) == read_files([help_folder])
    assert items == [
        Document(id="help/a.md", text="Refunds\n\nLost parcels.", title="Refunds", source="help/a.md"),
        Document(id="help/b.txt", text="Lost.\nFound.\n", source="help/b.txt"),
        Document(id="help/deep/c.html", text="Days\n\nFive.", title="Days", source="help/deep/c.html"),
        Document(id="help/deep/d.PDF", text="Letters.", source="help/deep/d.PDF"),
        FAQPair(id="help/faq.csv#1", question="When?", answer="Now.", metadata={"team": "post"}),
        FAQPair(id="help/faq.csv#2", question="Who?", answer="We, all."),
        Document(id="r1", text="Row.", metadata={"pages": "3", "new": "true"}),
        Document(id="help/rows.jsonl#2", text="Other."),
    ]


@pytest.mark.parametrize(
    ("here", "given", "name"),
    [
        (".", "help/a.md", "help/a.md"),
        ("help", "a.md", "help/a.md"),
        ("help", "./a.md", "help/a.md"),
        ("help", "../help/a.md", "help/a.md"),
        ("help/deep", "../a.md", "help/a.md"),
        (".", "{}/help/a.md", "help/a.md"),
        ("help/deep", "{}/help/a.md", "help/a.md"),
    ],
)
def test_names(help_folder: Path, monkeypatch: pytest.MonkeyPatch, here: str, given: str, name: str) -> None:
    monkeypatch.chdir(help_folder.parent / here)
    assert [item.id for item in read_files([given.format(help_folder.parent)])] == [name]


def test_every_bad_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES_TABLE", 300)
    write(
        tmp_path,
        a_txt="",
        b_txt=" \n ",
        c_txt="Gr\xf6\xdfe".encode("latin-1"),
        d_pdf=b"broken",
        e_pdf=pdf("Lost.", password="secret"),
        f_csv="question,answer\nWhen?,\n,Now.\n",
        g_jsonl='{"text": "a"}\nnot json\n{"text": ["a"]}\n{"id": "x", "other": 1}\n'
        '{"text": "b", "nested": {"a": 1}}\n',
        h_html="<nav>Home</nav>",
        i_csv="text\n" + "word " * 100,
        j_md="fine",
        k_json="{}",
    )
    (tmp_path / "l.txt").write_bytes(b"a" * 20_000_001)
    (tmp_path / ("m" * 201 + ".txt")).write_text("Lost.")
    given = [*sorted(tmp_path.iterdir()), tmp_path / "absent.md", tmp_path / "n.docx"]
    (tmp_path / "n.docx").write_bytes(b"PK")
    with pytest.raises(DataError) as told:
        read_files(given)
    said = "\n".join(told.value.problems)
    for expected in (
        "a.txt: the file is empty",
        "b.txt: there is no text in it",
        "c.txt: not UTF-8: byte 0xf6 at byte position 2; convert it, if it is WINDOWS-1252, by iconv",
        "d.pdf: not a readable PDF",
        "e.pdf: it is encrypted with a password",
        "f.csv:2: answer: ",
        "f.csv:3: question: ",
        "g.jsonl:2: not JSON",
        "g.jsonl:3: text: Input should be a valid string",
        "g.jsonl:4: text: Field required",
        "g.jsonl:5: metadata.nested: ",
        "h.html: there is no text in it",
        "i.csv: 505 bytes, the limit for .csv is 300; split it",
        "k.json:1: text: Field required",
        "l.txt: 20,000,001 bytes, the limit for .txt is 20,000,000",
        "characters, the limit is 200",
        "absent.md: no such file or folder",
        "n.docx: a file of an unknown kind. Known are .txt",
    ):
        assert expected in said
    assert "/j.md" not in said


def test_a_text_of_too_many_characters(tmp_path: Path) -> None:
    write(tmp_path, a_txt="a" * 5_000_001)
    with pytest.raises(DataError, match="5,000,001 characters, the limit is 5,000,000; split it"):
        read_files([tmp_path])


def test_an_id_twice(tmp_path: Path) -> None:
    write(tmp_path, a_jsonl='{"id": "x", "text": "a"}\n{"id": "x", "text": "b"}', b_jsonl='{"id": "x", "text": "a"}')
    with pytest.raises(DataError) as told:
        read_files([tmp_path])
    assert len(told.value.problems) == 2
    assert all("'x' stands twice, there and in" in problem for problem in told.value.problems)


def test_a_folder_with_nothing_and_an_array_of_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no file of a known kind in this folder"):
        read_files([tmp_path / "empty"])
    with pytest.raises(DataError, match="no file of a known kind"):
        read_files([])
    monkeypatch.chdir(tmp_path)
    rows = [{"id": 7, "text": "a"}, {"question": "b?", "answer": "c", "kind": "faq", "metadata": {"d": "e"}, "f": "g"}]
    write(tmp_path, a_json=json.dumps(rows))
    assert read_files(["a.json"]) == [
        Document(id="7", text="a"),
        FAQPair(id=f"{tmp_path.name}/a.json#2", question="b?", answer="c", metadata={"d": "e", "f": "g"}),
    ]
