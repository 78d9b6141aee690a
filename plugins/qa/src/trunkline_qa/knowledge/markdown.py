"""Markdown to plain text: headings, paragraphs, items and rows on lines of their own, without their marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from trunkline_qa.knowledge.extracted import Extracted, joined, needed, title_of
from trunkline_qa.knowledge.html import text_of_html

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title[ \t]*:[ \t]*(.+)$", re.MULTILINE)
_BREAKS = {"list_item_close": "\n", "tr_close": "\n", "td_close": " | ", "th_close": " | "}


def read_markdown(source: str) -> Extracted:
    """Take the text out of CommonMark with tables. Raises `MissingExtra` without markdown-it-py."""
    try:
        from markdown_it import MarkdownIt
    except ImportError as error:
        raise needed("reading Markdown") from error
    source = source.replace("\r\n", "\n")
    front = _FRONT_MATTER.match(source)
    tokens = MarkdownIt("commonmark").enable("table").parse(source[front.end() :] if front else source)
    return Extracted(joined("".join(_pieces(tokens))), _named(front) or _heading(tokens))


def _named(front: re.Match[str] | None) -> str | None:
    found = _TITLE.search(front.group(1)) if front else None
    return title_of(found.group(1).strip().strip("\"'")) if found else None


def _heading(tokens: Sequence[Token]) -> str | None:
    for opening, inside in pairwise(tokens):
        if opening.type == "heading_open":
            return title_of("".join(_inline(inside.children or ())))
    return None


def _pieces(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            yield "".join(_inline(token.children or ()))
        elif token.type in ("fence", "code_block"):
            yield f"{token.content}\n"
        elif token.type == "html_block":
            yield f"\n{text_of_html(token.content).text}\n\n"
        elif token.type in ("paragraph_close", "heading_close", "hr"):
            yield "\n" if token.hidden else "\n\n"  # hidden: a paragraph of a tight list
        elif token.type in ("bullet_list_close", "ordered_list_close", "table_close"):
            yield "\n"
        else:
            yield _BREAKS.get(token.type, "")


def _inline(children: Iterable[Token]) -> Iterator[str]:
    """Give the words; of a link its text, of an image what stands for it, of HTML nothing."""
    for child in children:
        if child.type in ("text", "code_inline", "text_special", "image"):
            yield child.content
        elif child.type == "softbreak":
            yield " "
        elif child.type == "hardbreak" or (child.type == "html_inline" and child.content.startswith("<br")):
            yield "\n"
