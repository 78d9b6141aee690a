"""Mark-up within a line: what markdown-it takes for code, links and emphasis stays, what it takes for text is free."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from trunkline_translation.documents.markdown_inline import inline_spans, label


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a **b** and *c* d", [("open", "**"), ("close", "**"), ("open", "*"), ("close", "*")]),
        ("2 * 3 * 4 and snake_case_word", []),
        ("_a_ and (__b__).", [("open", "_"), ("close", "_"), ("open", "__"), ("close", "__")]),
        ("[a](u 't') ![b](v)", [("open", "["), ("close", "](u 't')"), ("open", "!["), ("close", "](v)")]),
        ("[a](<u v>) [b](x(y)z)", [("open", "["), ("close", "](<u v>)"), ("open", "["), ("close", "](x(y)z)")]),
        (
            "[a][Ref] [ref] [ref][] [no] [a][no]",
            [("open", "["), ("close", "][Ref]"), *[("open", "["), ("close", "][ref]")] * 2],
        ),
        ("`a *b*` ``c ` d`` `e", [("code", "`a *b*`"), ("code", "``c ` d``")]),
        (
            "<https://a.b> <a@b.c> <i>x</i> <br/>",
            [("url", "<https://a.b>"), ("url", "<a@b.c>"), ("open", "<i>"), ("close", "</i>"), ("tag", "<br/>")],
        ),
        ("a\\*b &amp; c", [("kept", "\\*"), ("kept", "&amp;")]),
        ("[x] done[^1]", [("tag", "[x]"), ("tag", "[^1]")]),
        ("\\``*`", [("kept", "\\`"), ("code", "`*`")]),
        ("``a` b", []),
        ("](`)`'", [("code", "`)`")]),
        ("`*``*`", [("code", "`*``*`")]),
        ("~~gone~~", [("open", "~~"), ("close", "~~")]),
    ],
)
def test_kinds(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(span.kind, span.text) for span in inline_spans(text, {label("REF")})] == expected


SIGNS = st.sampled_from(
    ["*", "**", "_", "`", "[", "](u)", "]", "!", "a", "b ", " ", "\\", "<i>", "</i>", "&lt;", ".", "(", ")"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(SIGNS, max_size=15).map("".join))
def test_spans_are_in_order_and_apart_and_have_all_code(text: str) -> None:
    spans = inline_spans(text)
    assert all(text[span.start : span.end] == span.text for span in spans)
    assert all(left.end <= right.start for left, right in pairwise(spans))
    (inline,) = MarkdownIt("commonmark").parseInline(text) or [None]
    code = [child.content for child in (inline.children or []) if child.type == "code_inline"] if inline else []
    found = [span.text.strip("`") for span in spans if span.kind == "code"]
    assert {c.strip() for c in code} <= {f.strip() for f in found}
