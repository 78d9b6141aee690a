"""The Debian Administrator's Handbook as aligned paragraphs, English and Brazilian Portuguese.

Debian's package `debian-handbook` (GPL-2+ or CC-BY-SA-3.0) is fetched when it is asked for and unpacked under
`benchmarks/work`; nothing of it is part of this repository. Its translations are of the same source, file by file and
paragraph by paragraph, so that the n-th paragraph of a file is the n-th of its translation.
"""

from __future__ import annotations

import random
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

Row = dict[str, Any]
PACKAGE = "debian-handbook"
INSTALLED = Path("/usr/share/doc") / PACKAGE / "html"
WORK = Path(__file__).parents[1] / "work" / "handbook"
LANGUAGES = ("en-US", "pt-BR")
DEV, TEST = 200, 300  # pairs at least; whole chapters are taken, so that no text is about what another has told
_PARTS = ".preface, .chapter, .appendix"
_BLOCKS = "div, pre, table, ul, ol, dl"
_WORD = re.compile(r"\w+")
_UNTRANSLATED = 0.7  # of the words are the source's: nothing lies between the paragraphs above and those far below


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph in two languages, neither with line breaks."""

    chapter: str  # the file in which its chapter begins
    place: str  # "sect.apt-cache.html:3"
    source: str
    target: str


@cache
def handbook() -> tuple[list[Row], list[Row], list[Row]]:
    """Give train, dev and test: rows of source (en) and target (pt), split by chapter, always in the same way.

    What dev and test have word for word is left out of train.
    """
    return split(pairs(unpacked()))


def split(paragraphs: list[Paragraph], dev: int = DEV, test: int = TEST) -> tuple[list[Row], list[Row], list[Row]]:
    """Give train, dev and test, of at least `dev` and `test` pairs in whole chapters drawn with seed 0."""
    chapters = sorted({one.chapter for one in paragraphs})
    random.Random(0).shuffle(chapters)
    sizes = Counter(one.chapter for one in paragraphs)
    held: tuple[set[str], set[str]] = (set(), set())
    for chosen, least in zip(held, (dev, test), strict=True):
        while chapters and sum(sizes[chapter] for chapter in chosen) < least:
            chosen.add(chapters.pop())
    known = {one.source for one in paragraphs if one.chapter in held[0] | held[1]}
    train = [one for one in paragraphs if one.chapter in chapters and one.source not in known]
    parts = [train, *([one for one in paragraphs if one.chapter in chosen] for chosen in held)]
    train_rows, dev_rows, test_rows = ([row(one) for one in part] for part in parts)
    return train_rows, dev_rows, test_rows


def row(paragraph: Paragraph) -> Row:
    return {
        "source": paragraph.source,
        "target": paragraph.target,
        "source_lang": "en",
        "target_lang": "pt-BR",
        "chapter": paragraph.chapter,
        "place": paragraph.place,
    }


def pairs(folder: Path) -> list[Paragraph]:
    """Give every paragraph of `folder`/en-US that is translated, in the order of the files' names; no pair twice.

    Files that differ in their number of paragraphs are left out, as are files without a chapter.
    """
    english, portuguese = (folder / language for language in LANGUAGES)
    chapters = chapters_of(english / "index.html")
    found: dict[tuple[str, str], Paragraph] = {}
    for file in sorted(chapters):
        ours, theirs = paragraphs(english / file), paragraphs(portuguese / file)
        if len(ours) != len(theirs):
            continue
        for number, (source, target) in enumerate(zip(ours, theirs, strict=True), 1):
            if source and target and is_translated(source, target):
                one = Paragraph(chapters[file], f"{file}:{number}", source, target)
                found.setdefault((source, target), one)
    return list(found.values())


def chapters_of(index: Path) -> dict[str, str]:
    """Give file -> the file in which its chapter begins, from the table of contents."""
    found: dict[str, str] = {}
    chapter = ""
    for link in LexborHTMLParser(index.read_text(encoding="utf-8")).css(".toc a"):
        file = (link.attributes["href"] or "").partition("#")[0]
        if link.parent is not None and link.parent.css_matches(_PARTS):
            chapter = file
        if file:
            found.setdefault(file, chapter)
    return {file: chapter for file, chapter in found.items() if (index.parent / file).is_file()}


def paragraphs(file: Path) -> list[str]:
    """Give the text of every paragraph without the lists, listings and paragraphs within it; "" where none is left."""
    if not file.is_file():
        return []
    nodes = LexborHTMLParser(file.read_text(encoding="utf-8")).css("div.para")
    return [_text(node) for node in nodes]


def _text(node: LexborNode) -> str:
    alone = LexborHTMLParser(node.html or "").css_first("div.para")
    assert alone is not None
    for inner in alone.css(_BLOCKS):
        if inner.parent is not None and inner.mem_id != alone.mem_id:
            inner.decompose()
    return " ".join(alone.text().split())


def is_translated(source: str, target: str) -> bool:
    """Tell a translation from a paragraph left in English, perhaps with the title that it refers to translated."""
    ours, theirs = (Counter(_WORD.findall(text.lower())) for text in (source, target))
    longer = max(ours.total(), theirs.total())
    return longer > 0 and (ours & theirs).total() < _UNTRANSLATED * longer


def unpacked() -> Path:
    """Give the folder of the package's pages: the installed one, else fetched with apt and unpacked, once."""
    if all((INSTALLED / language).is_dir() for language in LANGUAGES):
        return INSTALLED
    folder = WORK / "unpacked" / INSTALLED.relative_to("/")
    if not all((folder / language).is_dir() for language in LANGUAGES):
        WORK.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "-q", PACKAGE], cwd=WORK, check=True)
        archive = max(WORK.glob(f"{PACKAGE}_*.deb"))
        subprocess.run(["dpkg-deb", "-x", archive.name, "unpacked"], cwd=WORK, check=True)
    return folder
