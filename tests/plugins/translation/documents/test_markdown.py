"""Markdown: what is translated and what stays; the blocks of the result are those of the source."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from trunkline_translation.documents import parse, translate_document, write
from trunkline_translation.documents.document import Document
from trunkline_translation.text import Options

SOURCE = """\
---
title: kept as it is
---

# A *first* heading #

A paragraph with **bold words**, `code here` and
[a link](https://a.b/c "its title") that goes on.
Second sentence; <b>html</b> &amp; https://x.y/z.\\
After a hard break.

> A quotation
> of two lines

- item one
- item two goes
  on here
  1. nested [by name][ref] and [ref] and [none]

| head a | head \\| b |
|:-------|---------:|
| cell `x` | 12 |
| other |  |

```python
print("stays")
```

    also stays

![a picture](p.png)

A setext
heading
=======

<div class="x">
Some <i>html</i> text
</div>

* * *
[ref]: https://ref.org "Reference"
"""


def shouting(texts: list[str]) -> list[str]:
    return [text.upper() for text in texts]


def translated(source: str) -> str:
    return translate_document(parse(source, "markdown"), shouting, Options("en", "xx")).text


def test_only_words_are_translated() -> None:
    expected = SOURCE
    for words in (
        "# A ", "first", "heading #", "A paragraph with", "bold words", "and\n", "a link", "its title", "that goes on.",
        "Second sentence", ">html<", "After a hard break", "A quotation", "of two lines", "item one", "item two goes",
        "on here", "nested", "by name", "and [ref] and [none]", "head a", "head \\| b", "cell", "other", "a picture",
        "A setext\nheading", "Some", "text\n<",
    ):  # fmt: skip
        assert words in expected
        expected = expected.replace(words, words.upper())
    assert translated(SOURCE) == expected.replace("[REF] AND", "[REF][ref] AND")


def structure(source: str) -> list[tuple[str, str, object]]:
    """What markdown-it sees of a text, but for the words."""
    found = []
    for token in MarkdownIt("commonmark").enable("table").parse(source):
        found.append((token.type, token.tag, token.attrs, token.level))
        found += [
            (child.type, child.tag, {k: v for k, v in child.attrs.items() if k not in ("alt", "title")})
            for child in token.children or ()
            if child.type not in ("text", "softbreak")
        ]
    return found


def test_the_result_has_the_sources_structure() -> None:
    """As markdown-it reads both: blocks, links with their addresses, emphasis, code."""
    assert structure(translated(SOURCE)) == structure(SOURCE)


def test_segments_and_their_lines() -> None:
    segments = parse(SOURCE, "markdown").segments
    assert [(s.line, s.kind) for s in segments[:5]] == [
        (5, "heading"),
        (7, "text"),
        (8, "title"),
        (10, "text"),
        (12, "text"),
    ]
    assert segments[1].text.startswith("A paragraph with **bold words**, `code here` and [a link]")


def write_one(source: str, translation: str) -> str:
    document: Document = parse(source, "markdown")
    assert len(document.segments) == 1
    return write(document, [translation])


@pytest.mark.parametrize("translation", ["# no", "- no", "1. no", "> no", "+ no", "=== ", "10) no", "* no"])
def test_a_translation_does_not_become_another_block(translation: str) -> None:
    assert structure(write_one("plain words", translation)) == structure("plain words")
    assert structure(write_one("- plain words", translation)) == structure("- plain words")


def test_bars_in_cells_are_escaped() -> None:
    source = "| words |\n|---|\n| 1 |\n"
    assert write_one(source, "a | b") == "| a \\| b |\n|---|\n| 1 |\n"


def test_lines_of_quotations_keep_their_marks() -> None:
    assert write_one("> one two\n> three four", "eins zwei drei vier") == "> eins zwei\n> drei vier"
    assert write_one("- one two\n  three", "eins zwei drei") == "- eins zwei\n  drei"
    assert write_one("- one two\r\n  three\r\n", "eins zwei drei") == "- eins zwei\r\n  drei\r\n"


def test_a_nested_link_with_an_image_and_footnotes() -> None:
    source = "See [![alt text](i.png)](https://a.b) and note[^1].\n\n[^1]: The note goes here.\n\n- [x] done thing\n"
    assert translated(source) == (
        "SEE [![ALT TEXT](i.png)](https://a.b) AND NOTE[^1].\n\n[^1]: THE NOTE GOES HERE.\n\n- [x] DONE THING\n"
    )


def test_blocks_of_html_are_translated_as_html_is() -> None:
    source = "Before it\n\n<p>\nSome <img alt='a picture'> &amp; text\n</p>\n\nafter\n"
    assert translated(source) == "BEFORE IT\n\n<p>\nSOME <img alt='A PICTURE'> &amp; TEXT\n</p>\n\nAFTER\n"
    assert [s.line for s in parse(source, "markdown").segments] == [1, 4, 4, 7]


def test_hard_breaks_part_sentences_and_stay() -> None:
    source = "> one two  \n> three four\\\n> five"
    assert [s.text for s in parse(source, "markdown").segments] == ["one two", "three four", "five"]
    assert translated(source) == "> ONE TWO  \n> THREE FOUR\\\n> FIVE"
