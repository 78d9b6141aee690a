"""What a file says of its character set and language is true of its translation too, and else stays as it was."""

from __future__ import annotations

import time
from pathlib import Path

import polib
import pytest
from selectolax.lexbor import LexborHTMLParser

from trunkline_translation.documents import parse, read, translate_document
from trunkline_translation.documents.declarations import said_in_language, said_in_utf8
from trunkline_translation.text import Options

PO = """# charset=ISO-8859-1 is what a comment says
msgid ""
msgstr ""
"Content-Type: text/plain; charset={}\\n"
"Language: xx\\n"

msgid "charset=latin1 here"
msgstr ""
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("said", ["ISO-8859-1", "CHARSET", "UTF-8", "utf8"])
def test_a_gettext_header_says_utf8(tmp_path: Path, said: str, ending: str) -> None:
    path = tmp_path / "a.po"
    path.write_text(PO.format(said).replace("\n", ending), newline="", encoding="utf-8")
    told = said if said.lower().startswith("utf") else "UTF-8"
    assert read(path).source == PO.format(told).replace("\n", ending)
    assert polib.pofile(read(path).source).metadata["Content-Type"] == f"text/plain; charset={told}"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ('<meta charset="iso-8859-1"><p>é', '<meta charset="UTF-8"><p>é'),
        ("<META CHARSET=latin1>", "<META CHARSET=UTF-8>"),
        (
            "<meta http-equiv='Content-Type' content='text/html; charset=windows-1252'>",
            "<meta http-equiv='Content-Type' content='text/html; charset=UTF-8'>",
        ),
        ('<?xml version="1.0" encoding="iso-8859-1"?><html>', '<?xml version="1.0" encoding="UTF-8"?><html>'),
    ],
)
def test_a_page_says_utf8(page: str, expected: str) -> None:
    assert said_in_utf8("html", page) == expected
    assert said_in_utf8("html", expected) == expected


@pytest.mark.parametrize(
    "page",
    [
        '<meta charset="utf-8">',
        '<meta name="description" content="charset=latin1 it says">',
        '<!-- <meta charset="latin1"> -->',
        '<body><meta charset="latin1">',
        '<script>"<meta charset=latin1>"</script>',
    ],
)
def test_what_declares_nothing_else_stays(page: str) -> None:
    assert said_in_utf8("html", page) == page
    assert said_in_utf8("text", '<meta charset="latin1">') == '<meta charset="latin1">'


def test_a_page_says_the_language_it_is_in_now() -> None:
    page = '<!doctype html><html xml:lang="en-GB" lang=en><body><p lang="en">Hello'
    result = translate_document(parse(page, "html"), lambda texts: texts, Options("en", "pt"))
    assert LexborHTMLParser(result.text).css_first("html").attributes == {"xml:lang": "pt", "lang": "pt"}
    for source, target in (("de", "pt"), ("en", ""), ("", "pt")):
        assert said_in_language("html", page, source, target) == page


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_subtitles_say_the_language_they_are_in_now(ending: str) -> None:
    source = "WEBVTT - a film\nKind: captions\nLanguage: en-US\n\n00:01.000 --> 00:02.000\nLanguage: en\n"
    result = translate_document(parse(source.replace("\n", ending), "vtt"), lambda texts: texts, Options("en", "pt"))
    assert result.text == source.replace("\n", ending).replace("en-US", "pt")
    assert said_in_language("vtt", source, "de", "pt") == source


def test_files_that_declare_nothing_are_looked_through_quickly() -> None:
    begin = time.perf_counter()
    said_in_utf8("po", 'msgid ""\nmsgstr ""\n' * 50_000)
    said_in_language("vtt", "WEBVTT\n" + "Language: \n" * 100_000, "en", "pt")
    said_in_utf8("html", "<?xml " * 100_000)
    assert time.perf_counter() - begin < 5
