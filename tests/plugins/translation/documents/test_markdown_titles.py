"""Titles of links and images: translated, and titles of the same links still, as a reader of Markdown sees them."""

from __future__ import annotations

import time

import pytest
from markdown_it import MarkdownIt

from trunkline_translation.documents import parse, translate_document, write
from trunkline_translation.text import Options

SOURCE = """\
See the [guide](a.md "The guide") or
> so ![a chart](i.png 'Its title') here,
> and [again](a.md "The guide") too.

| [cell](c.md "In a cell") | [no title](d.md) |
|---|---|
| [![inner](i.png "One of two")](e.md "Other one") | `[code](x "stays")` |

[12](f.md "Only a title") and [reference][docs].

[docs]: g.md
"""


def translated(source: str) -> str:
    return translate_document(
        parse(source, "markdown"), lambda texts: [text.upper() for text in texts], Options("en", "xx")
    ).text


def said(source: str) -> list[tuple[str, str]]:
    """Give address and title of each link and image, as markdown-it reads them."""
    blocks = MarkdownIt("commonmark").enable("table").parse(source)
    inline = [token for block in blocks for token in block.children or ()]
    found = [token.attrs for token in inline if token.type in ("link_open", "image")]
    return [(str(one.get("href", one.get("src"))), str(one.get("title", ""))) for one in found]


def test_titles_are_translated_and_all_else_of_links_stays() -> None:
    assert len(said(SOURCE)) == 9
    assert said(translated(SOURCE)) == [(address, title.upper()) for address, title in said(SOURCE)]
    assert "[REFERENCE][docs]" in translated(SOURCE)
    assert '`[code](x "stays")`' in translated(SOURCE)


def test_titles_know_their_lines() -> None:
    found = [(one.text, one.line) for one in parse(SOURCE, "markdown").segments if one.kind == "title"]
    assert found[:3] == [("The guide", 1), ("Its title", 2), ("The guide", 3)]
    assert ("In a cell", 5) in found


def test_a_title_is_translated_where_its_line_is_not() -> None:
    document = parse('See [it](a.md "The guide").', "markdown")
    assert write(document, ['See [it](a.md "The guide").', "Guia"]) == 'See [it](a.md "Guia").'


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("title", ['a "b" c', "it's", "a \\ b", "x &amp; y", "a | b", "two\nlines", "end \\"])
def test_whatever_a_translator_says_is_the_title(title: str, quote: str) -> None:
    source = f"| [words](a.md {quote}a title{quote}) |\n|---|\n"
    document = parse(source, "markdown")
    result = write(document, [document.segments[0].text, title])
    assert said(result) == [("a.md", " ".join(title.split()))]


def test_many_titles_are_not_slow() -> None:
    begin = time.perf_counter()
    for unit in ('[a](b "c d")\n', '[a](b "c d") ', '](b "a ', "](b 'a\" "):
        document = parse(unit * 5_000, "markdown")
        write(document, [segment.text + "x" for segment in document.segments])
    assert time.perf_counter() - begin < 20
