"""Every format: an unchanged translation gives the file to the byte, a changed one only what was translated."""

from __future__ import annotations

import builtins
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from texts import HOSTILE
from trunkline import DataError, InvalidInput, MissingExtra
from trunkline_translation.documents import FORMATS, Reading, format_of, parse, read, translate_document, write
from trunkline_translation.text import Options

LENIENT = ("text", "markdown", "html")
"""Formats in which every text is a document."""
INNER = ("attribute", "title")
"""Kinds of segments that may lie within others."""
PIECES = [
    *"aB .,!*_`[](){}<>#|-+=~&;:\\\"'/\n\r\t\0",
    "\r\n",
    "\n\n",
    "word ",
    "好。",
    "🙂",
    "**",
    "```\n",
    "    ",
    "> ",
    "- ",
    "1. ",
    "| a | b |\n|---|---|\n",
    '[a](b "c")',
    "![x](y)",
    "<b>",
    "</b>",
    "<p>",
    "<br>",
    "<img alt='x y'>",
    "<!--",
    "-->",
    "<script>",
    "</script>",
    "&amp;",
    "&lt;b&gt;",
    "---\n",
    "[a]: /u\n",
    "<pre>",
    "</pre>",
    "<code>",
    "</code>",
    "\ufeff",
    "<p translate=no>",
    'title="w"',
    "\u2028",
    "\x85",
    "\x0c",
]


def shouting(texts: list[str]) -> list[str]:
    return [text.upper() for text in texts]


@settings(max_examples=400, deadline=None)
@given(
    source=st.lists(st.sampled_from(PIECES), max_size=25).map("".join),
    form=st.sampled_from(LENIENT),
    wrapped=st.booleans(),
)
def test_untouched_documents_come_back_to_the_byte(source: str, form: str, wrapped: bool) -> None:
    document = parse(source, form, Reading(wrapped=wrapped))
    assert write(document, [segment.text for segment in document.segments]) == source
    for segment in document.segments:
        assert 0 <= segment.start < segment.end <= len(source)
        assert all(0 <= span.start < span.end <= len(segment.text) for span in segment.keep)
        assert segment.line == len(source[: segment.start].replace("\r\n", "\n").replace("\r", "\n").split("\n"))


@settings(max_examples=300, deadline=None)
@given(source=st.lists(st.sampled_from(PIECES), max_size=25).map("".join), form=st.sampled_from(LENIENT))
def test_what_is_outside_segments_is_not_touched(source: str, form: str) -> None:
    document = parse(source, form)
    outer = [s for s in document.segments if s.kind not in INNER]
    translated = write(document, [segment.text + "X" for segment in document.segments])
    at = 0
    for segment, before in zip(outer, [0, *(s.end for s in outer)], strict=False):
        assert before <= segment.start
        if not any(before <= s.start < segment.start for s in document.segments if s.kind in INNER):
            at = translated.index(source[before : segment.start], at)


@pytest.mark.parametrize("form", LENIENT)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text(form: str, text: str) -> None:
    document = parse(text, form)
    assert write(document, [segment.text for segment in document.segments]) == text
    translate_document(document, shouting, Options("en", "xx"))


def test_formats_are_known_by_their_suffixes(tmp_path: Path) -> None:
    assert [format_of(name) for name in ("a.TXT", "a.md", "a.html", "a.srt", "a.vtt", "a.po")] == list(FORMATS)
    with pytest.raises(
        InvalidInput, match=r"a\.docx: no format has the suffix '\.docx'; name one with --format: text \(\.txt"
    ):
        read("a.docx")
    with pytest.raises(InvalidInput, match="no format is called 'word'; known: text, markdown, html, srt, vtt, po"):
        parse("", "word")
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")
    with pytest.raises(DataError, match=r"a\.txt:1: not UTF-8: byte 0xe9\n.*iconv -f WINDOWS-1252 -t UTF-8 a\.txt"):
        read(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_text("café", encoding="utf-16")
    with pytest.raises(DataError, match=r"iconv -f UTF-16 -t UTF-8 a\.txt > utf8-a\.txt"):
        read(tmp_path / "a.txt")
    with pytest.raises(InvalidInput, match=r"is a folder: name its files, such as .*/\*\.md"):
        read(tmp_path)
    (tmp_path / "b.docx").write_bytes(b"\xef\xbb\xbfOne\r\nTwo\r")
    document = read(tmp_path / "b.docx", "text")
    assert translate_document(document, shouting, Options("en", "xx")).text == "\ufeffONE\r\nTWO\r"


BEGINNINGS = {
    "text": "One here\n",
    "markdown": "# One here\n",
    "html": "One <b>here</b>\n",
    "srt": "1\n00:00:01,000 --> 00:00:02,000\nHello\n",
    "vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n",
    "po": 'msgid "Hello"\nmsgstr ""\n',
}


@pytest.mark.parametrize("form", FORMATS)
def test_a_byte_order_mark_stays_and_is_not_translated(form: str) -> None:
    """Models leave it out."""
    source = "\ufeff" + BEGINNINGS[form]
    for reading in (Reading(), Reading(wrapped=True)):
        document = parse(source, form, reading)
        assert "\ufeff" not in "".join(segment.text for segment in document.segments)
        assert write(document, ["x"] * len(document.segments)).startswith("\ufeff")


def test_damaged_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text("1\n00:00 --> 1\nHi\n")
    with pytest.raises(DataError, match=r"a\.srt: line 2: the times"):
        read(tmp_path / "a.srt")


def test_as_many_translations_as_segments_are_needed() -> None:
    with pytest.raises(InvalidInput, match="1 translations for 2 segments"):
        write(parse("One\nTwo", "text"), ["Eins"])


def test_segments_are_translated_in_groups() -> None:
    calls: list[int] = []

    def translate(texts: list[str]) -> list[str]:
        calls.append(len(texts))
        return shouting(texts)

    source = "\n".join(f"Line {letter}" for letter in "abcdefg")
    result = translate_document(parse(source, "text"), translate, Options("en", "xx"), at_once=3)
    assert (result.text, calls) == (source.upper(), [3, 3, 1])
    assert [segment.line for segment, _ in result.segments] == [1, 2, 3, 4, 5, 6, 7]


def test_markdown_without_its_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    with pytest.raises(MissingExtra, match=r"pip install 'trunkline-translation\[documents\]'"):
        parse("# a", "markdown")
    assert builtins.list(parse("a", "text").segments)


LARGE = {
    "text": "A line of words that is here again.\n",
    "markdown": "## A head\n\nSome *words* and [a link](https://a.b) that\ngo on `here`.\n\n| a |\n|---|\n| c d |\n\n",
    "html": "<p class='x'>Some <b>words</b> &amp; <a href='y' title='a title'>a link</a>.</p>\n",
    "srt": "1\n00:00:01,000 --> 00:00:02,000\nHello there,\nyou two.\n\n",
    "vtt": "00:01.000 --> 00:02.000\nHello there,\nyou two.\n\n",
    "po": '#: a.c:1\nmsgid "Hello %s"\nmsgstr ""\n\n',
}
BEFORE = {"vtt": "WEBVTT\n\n"}


@pytest.mark.parametrize("form", FORMATS)
def test_time_grows_with_the_size_and_no_faster(form: str) -> None:
    def seconds(times: int) -> float:
        source = BEFORE.get(form, "") + LARGE[form] * times
        start = time.perf_counter()
        document = parse(source, form)
        assert len(document.segments) >= times
        write(document, [segment.text + "!" for segment in document.segments])
        return time.perf_counter() - start

    small, large = seconds(500), seconds(4_000)
    assert large < 8 * small * 4 + 0.5


@pytest.mark.parametrize("form", LENIENT)
@pytest.mark.parametrize(
    "unit",
    [
        "<a ",
        "<!--",
        "<p ",
        "</script ",
        "<script>",
        '<a "',
        "[",
        "](",
        "`a",
        "*a",
        "| ",
        "> ",
        "&",
        "<p translate=no>",
        "![",
        "**",
        "a\n",
        "\\",
        "\n",
        "<b>a",
        "_a ",
    ],
)
def test_no_text_makes_reading_slow(form: str, unit: str) -> None:
    source = unit * (60_000 // len(unit))
    start = time.perf_counter()
    write(parse(source, form), [s.text + "x" for s in parse(source, form).segments])
    assert time.perf_counter() - start < 10
