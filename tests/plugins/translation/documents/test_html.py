"""HTML: what is translated and what stays; the elements of the result are those of the source, as a browser's parser
reads both."""

from __future__ import annotations

import time
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from trunkline_translation.documents import parse, translate_document, write
from trunkline_translation.documents.html_tokens import tokens
from trunkline_translation.text import Options

SOURCE = """\
<!DOCTYPE html>
<html lang="en"><head><title>A page</title><meta name="description" content="What it says">
<meta name=viewport content="stays">
<style>p { color: red }</style><script>if (a < b) { say("stays") }</script></head>
<body class='main'>
  <!-- a comment stays -->
  <h1 id=top>Hello <em>dear</em> reader</h1>
  <p>First one.  Second
     one &amp; more<br>after a break <img src="i.png" alt="A &quot;picture&quot;"> here</p>
  <ul><li>Item <a href="/x?a=1&amp;b=2" title='a title'>link text</a>.</li><li>12</li></ul>
  <pre>stays   as it is</pre>
  <p>Run <code>make all</code> now, <span translate="no">Acme Cloud</span> and <kbd>Ctrl</kbd>.</p>
  <div class="x notranslate"><p>stays <b>whole</b></p><div>too</div></div>
  <input type="text" placeholder="Your name" value="stays"><input type=submit value="Send"><button>Send it</button>
  <p>a &lt;b&gt;literal&lt;/b&gt; <b>tag</b>
  <textarea placeholder="A message">stays</textarea><select><optgroup label='Some of them'><option>One</select>
</body></html>
"""
EXPECTED = {
    '<html lang="en">': '<html lang="xx">',
    '"What it says"': '"WHAT IT SAYS"',
    'value="Send"': 'value="SEND"',
    '"A message"': '"A MESSAGE"',
    "'Some of them'": "'SOME OF THEM'",
    "<option>One": "<option>ONE",
    ">A page<": ">A PAGE<",
    ">Hello <em>dear</em> reader<": ">HELLO <em>DEAR</em> READER<",
    "First one.  Second\n     one &amp; more<": "FIRST ONE. SECOND ONE &amp; MORE<",
    "after a break": "AFTER A BREAK",
    'alt="A &quot;picture&quot;"': 'alt="A &quot;PICTURE&quot;"',
    "> here</p>": "> HERE</p>",
    "Item <": "ITEM <",
    "'a title'>link text<": "'A TITLE'>LINK TEXT<",
    "Run <code>": "RUN <code>",
    "</code> now": "</code> NOW",
    "</span> and": "</span> AND",
    '"Your name"': '"YOUR NAME"',
    "Send it": "SEND IT",
    "<p>a &lt;b&gt;literal&lt;/b&gt; <b>tag": "<p>A &lt;b&gt;LITERAL&lt;/b&gt; <b>TAG",
}


def shouting(texts: list[str]) -> list[str]:
    return [text.upper() for text in texts]


def translated(source: str) -> str:
    return translate_document(parse(source, "html"), shouting, Options("en", "xx")).text


def test_only_words_are_translated() -> None:
    expected = SOURCE
    for words, there in EXPECTED.items():
        assert words in expected
        expected = expected.replace(words, there)
    assert translated(SOURCE) == expected


def elements(source: str) -> list[tuple[str, dict[str, str | None]]]:
    tree = LexborHTMLParser(source)
    wordy = ("alt", "title", "placeholder", "content", "value", "label", "lang")
    return [(n.tag or "", {k: v for k, v in n.attributes.items() if k not in wordy}) for n in tree.root.traverse()]


def test_the_result_has_the_sources_elements() -> None:
    assert elements(translated(SOURCE)) == elements(SOURCE)


def test_nothing_but_escaping_happens_to_what_a_translator_says() -> None:
    document = parse("<p>plain <b>words</b> here</p>", "html")
    assert write(document, ["a < b & <b>c</b> <script>"]) == "<p>a &lt; b &amp; <b>c</b> &lt;script&gt;</p>"
    document = parse("<img alt=words>", "html")
    assert write(document, ['a "b" > c']) == '<img alt="a &quot;b&quot; &gt; c">'


def test_segments_are_paragraphs_with_their_tags() -> None:
    (segment,) = parse("<li> <b>Note:</b> the <a href=x>link</a> </li>", "html").segments
    assert segment.text == "Note:</b> the <a href=x>link"
    assert [(span.kind, span.text) for span in segment.keep] == [("close", "</b>"), ("open", "<a href=x>")]


WORDS = st.sampled_from(["a", "word", " ", "&amp;", "&lt;", "é", "<", "a<b", "\n"])
PLAIN = st.sampled_from(
    ["<p>", "</p>", "<b>", "</b>", "<br>", "<div id='x'>", "</div>", "<!-- c -->", "<i class=y>", "</i>"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS | PLAIN, max_size=25).map("".join))
def test_a_browsers_parser_sees_the_same_text(body: str) -> None:
    """Text outside tags, as lexbor finds it, is the tokens' text."""
    ours = unescape("".join(body[t.start : t.end] for t in tokens(body) if t.kind == "text"))
    root = LexborHTMLParser(f"<body>{body}").body
    theirs = "".join(node.text_content or "" for node in root.traverse(include_text=True) if node.tag == "-text")
    assert "".join(ours.split()) == "".join(theirs.split())


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS | PLAIN, max_size=25).map("".join))
def test_elements_stay_whatever_the_page(body: str) -> None:
    assert elements(translated(body)) == elements(body)


@pytest.mark.parametrize(
    ("page", "kinds"),
    [
        ("a<b", ["text", "raw"]),
        ("1 < 2 <3", ["text"]),
        ("<a title='>'>x</a >", ["open", "text", "close"]),
        ("<!-->x<!--->y<!-- z --!>", ["other", "text", "other", "text", "other"]),
        ("<script>a</scripty></SCRIPT >b", ["raw", "text"]),
        ("<style>never closed <p>", ["raw"]),
        ("<?xml?><!DOCTYPE html></3>", ["other", "other", "other"]),
    ],
)
def test_tokens(page: str, kinds: list[str]) -> None:
    found = list(tokens(page))
    assert [token.kind for token in found] == kinds
    assert "".join(page[token.start : token.end] for token in found) == page


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<ul><li translate=no>one<li>two</ul><p>three", "<ul><li translate=no>one<li>TWO</ul><p>THREE"),
        ("<ul><li translate=no>one</ul>two", "<ul><li translate=no>one</ul>TWO"),
        (
            "<ul><li translate=no>one<ul><li>two<li>three</ul><li>four</ul>",
            "<ul><li translate=no>one<ul><li>two<li>three</ul><li>FOUR</ul>",
        ),
        (
            "<table><tr><td translate=no>a b<td>c d<tr><th translate=no>e f<tr><td>g h</table>i",
            "<table><tr><td translate=no>a b<td>C D<tr><th translate=no>e f<tr><td>G H</table>I",
        ),
        (
            "<table><tr translate=no><td>a b<td>c d<tr><td>e f</table>g h",
            "<table><tr translate=no><td>a b<td>c d<tr><td>E F</table>G H",
        ),
        (
            "<table><tbody><tr><td translate=no>a<table><tr><td>b</table>c<tbody><td>d</table>",
            "<table><tbody><tr><td translate=no>a<table><tr><td>b</table>c<tbody><td>D</table>",
        ),
        (
            "<dl><dt translate=no>a<dd>b<dt>c<dd translate=no>d</dl>e",
            "<dl><dt translate=no>a<dd>B<dt>C<dd translate=no>d</dl>E",
        ),
        ("<select><option translate=no>a<option>b</select>c", "<select><option translate=no>a<option>B</select>C"),
        ("<div><p translate=no>a</div>b", "<div><p translate=no>a</div>B"),
        ("<p translate=no>a <b>b</b><h2>c</h2>", "<p translate=no>a <b>b</b><h2>C</h2>"),
        ("<p translate=no>a<p>b<p>c", "<p translate=no>a<p>B<p>C"),
        ("<div translate=no>a</p></b><div>b</div>c</div>d", "<div translate=no>a</p></b><div>b</div>c</div>D"),
        ("<p>a <span translate=no>b</p><p>c", "<p>A <span translate=no>b</p><p>C"),
    ],
)  # fmt: skip
def test_what_stays_ends_where_a_browser_ends_it(page: str, expected: str) -> None:
    """Its end tag may be left out; the next of its kind, or its parent's end, ends it then."""
    assert translated(page) == expected


def test_pages_that_nest_without_end_are_not_slow() -> None:
    for unit in ("<b><div>", "<p><button><b>", "<b></x>", "<li translate=no><ul>", "<b></i>"):
        begin = time.perf_counter()
        parse(unit * (200_000 // len(unit)), "html")
        assert time.perf_counter() - begin < 15, unit
