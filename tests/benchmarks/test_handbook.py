"""Aligned paragraphs of a book in two languages, on pages as Publican makes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.quality import handbook

INDEX = """<div class="toc"><dl class="toc">
<dt><span class="preface"><a href="preface.html">Preface</a></span></dt>
<dt><span class="chapter"><a href="disks.html">1. Disks</a></span></dt>
<dd><dl><dt><span class="section"><a href="disks.html#one">1.1</a></span></dt>
<dt><span class="section"><a href="sect.lvm.html">1.2</a></span></dt></dl></dd>
<dt><span class="chapter"><a href="net.html">2. Net</a></span></dt>
<dt><span class="section"><a href="sect.gone.html">2.1</a></span></dt></dl></div>"""
PAGES = {
    "preface.html": ("<div class='para'>Welcome, reader.</div>", "<div class='para'>Boas-vindas.</div>"),
    "disks.html": (
        "<h2>Disks</h2><div class='para'>\n\t\tA <code>disk</code>\n is split:\n<ul><li>"
        "<div class='para'>one part;</div></li></ul></div>"
        "<pre>fdisk</pre><div class='para'>Not translated at all, see Section 3.</div>",
        "<h2>Discos</h2><div class='para'>Um <code>disk</code> é dividido:<ul><li><div class='para'>uma parte;</div>"
        "</li></ul></div><pre>fdisk</pre><div class='para'>Not translated at all, see Seção 3.</div>",
    ),
    "sect.lvm.html": (
        "<div class='para'>Volumes grow.</div><div class='para'>one part;</div>",
        "<div class='para'>Os volumes crescem.</div><div class='para'>uma parte;</div>",
    ),
    "net.html": ("<div class='para'>A</div><div class='para'>B</div>", "<div class='para'>Somente um</div>"),
}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    for language, which in (("en-US", 0), ("pt-BR", 1)):
        folder = tmp_path / language
        folder.mkdir()
        (folder / "index.html").write_text(INDEX)
        for name, texts in PAGES.items():
            (folder / name).write_text(f"<html><body>{texts[which]}</body></html>", encoding="utf-8")
    return tmp_path


def test_translated_paragraphs_are_aligned_and_others_left_out(book: Path) -> None:
    """Neither one still in English, nor one that is there already, nor a file of another number of paragraphs."""
    assert [(one.chapter, one.place, one.source, one.target) for one in handbook.pairs(book)] == [
        ("disks.html", "disks.html:1", "A disk is split:", "Um disk é dividido:"),
        ("disks.html", "disks.html:2", "one part;", "uma parte;"),
        ("preface.html", "preface.html:1", "Welcome, reader.", "Boas-vindas."),
        ("disks.html", "sect.lvm.html:1", "Volumes grow.", "Os volumes crescem."),
    ]


def test_sections_belong_to_the_chapter_before_them(book: Path) -> None:
    chapters = handbook.chapters_of(book / "en-US" / "index.html")
    assert chapters == {
        "preface.html": "preface.html",
        "disks.html": "disks.html",
        "sect.lvm.html": "disks.html",
        "net.html": "net.html",
    }


def test_whole_chapters_are_held_out_always_the_same() -> None:
    paragraphs = [
        handbook.Paragraph(f"{chapter}.html", f"{chapter}:{number}", f"{chapter} {number}", f"t{chapter} {number}")
        for chapter in range(10)
        for number in range(20)
    ]
    boilerplate = [handbook.Paragraph(f"{chapter}.html", "x", "Note", f"Nota {chapter}") for chapter in range(10)]
    parts = handbook.split([*paragraphs, *boilerplate], dev=30, test=50)
    chapters = [{row["chapter"] for row in part} for part in parts]
    assert [len(one) for one in chapters] == [5, 2, 3]
    assert not chapters[0] & chapters[1] | chapters[0] & chapters[2] | chapters[1] & chapters[2]
    assert not [row for row in parts[0] if row["source"] == "Note"]
    assert parts == handbook.split([*paragraphs, *boilerplate], dev=30, test=50)


@pytest.mark.parametrize(
    ("source", "target", "translated"),
    [
        ("The disk is full.", "O disco está cheio.", True),
        ("The disk is full, see Section 3.", "The disk is full, see Seção 3.", False),
        ("The sdb disk, 4 GB", "o disco sdb, 4 GB", True),
        ("…", "…", False),
    ],
)
def test_what_was_left_in_english_is_seen(source: str, target: str, translated: bool) -> None:
    assert handbook.is_translated(source, target) is translated
