"""HTML to plain text: what a reader sees of the page's content, a line for each heading, paragraph, item and row."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from trunkline_qa.knowledge.extracted import Extracted, Unreadable, joined, needed, title_of

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_HIDDEN = (
    "head, script, style, noscript, template, nav, header, footer, aside, button, select, textarea, svg, math, iframe,"
    " object, canvas, audio, video, dialog, [hidden], [aria-hidden=true], [role=navigation], [role=banner],"
    " [role=contentinfo], [role=search]"
)
"""What is no content."""
_KEPT = "main header, article header, section header"  # has the heading
_PARAGRAPHS = re.compile(
    "address|article|blockquote|body|center|details|div|dl|fieldset|figure|h[1-6r]|header|hgroup|legend|main|ol|p"
    "|section|summary|table|ul"
)
_LINES = re.compile("br|caption|dd|dt|figcaption|li|tr")
_CELLS = ("td", "th")
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_SNIFFED = 4096  # bytes in which a page may name its encoding
_KNOWN = re.compile(
    r"utf-?8|utf-16(le|be)?|iso-8859-\d{1,2}|windows-(125\d|874)|koi8-[ru]|shift_jis|euc-(jp|kr)|iso-2022-jp|gbk|gb18030"
    r"|big5|tis-620|macintosh"
)
_SAME = {"latin1": "windows-1252", "iso-8859-1": "windows-1252", "us-ascii": "windows-1252", "ascii": "windows-1252",
         "gb2312": "gb18030", "gbk": "gb18030", "sjis": "shift_jis"}  # fmt: skip
"""As browsers read them."""
_BLANKS = re.compile(r"\s+")


def read_html(data: bytes) -> Extracted:
    """Read a page or a part of one. Raises `Unreadable`, and `MissingExtra` without selectolax."""
    return text_of_html(_decoded(data))


def text_of_html(markup: str) -> Extracted:
    """Take the visible text out. Raises `MissingExtra` without selectolax."""
    try:
        from selectolax.lexbor import LexborHTMLParser
    except ImportError as error:
        raise needed("reading HTML") from error
    tree = LexborHTMLParser(markup)
    hidden = {node.mem_id for node in tree.css(_HIDDEN)} - {node.mem_id for node in tree.css(_KEPT)}
    return Extracted(joined("".join(_pieces(tree, hidden))), _title(tree))


def _title(tree: LexborHTMLParser) -> str | None:
    for selector in ("title", "h1"):
        found = tree.css_first(selector)
        if found is not None and (title := title_of(found.text())):
            return title
    return None


def _pieces(tree: LexborHTMLParser, hidden: set[int]) -> Iterable[str]:
    """Give text and line breaks in order; by a stack of its own, for a page may be nested ever so deep."""
    stack: list[LexborNode | str] = [] if tree.root is None else [tree.root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
        elif node.tag == "-text":
            yield _BLANKS.sub(" ", node.text_content or "")
        elif node.tag == "pre" and node.mem_id not in hidden:
            yield f"\n\n{node.text()}\n\n"
        elif node.mem_id not in hidden:
            yield (around := _break(node.tag or ""))
            stack.append(" | " if node.tag in _CELLS else around)
            stack.extend(reversed(list(node.iter(include_text=True))))


def _break(tag: str) -> str:
    return "\n\n" if _PARAGRAPHS.fullmatch(tag) else "\n" if _LINES.fullmatch(tag) else ""


def _decoded(data: bytes) -> str:
    encoding = _encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"not {encoding}: byte 0x{data[error.start]:02x} at byte position {error.start}; "
            "save it as UTF-8, or name its encoding in a <meta charset>"
        ) from error


def _encoding(data: bytes) -> str:
    """Tell the encoding by the byte order mark, then by what the page says, else UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    named = _CHARSET.search(data[:_SNIFFED])
    name = named.group(1).decode("ascii").lower() if named else "utf-8"
    name = _SAME.get(name, name)
    single_bytes = not name.startswith("utf-16")  # a page in which <meta is found is not UTF-16, whatever it says
    return name if _KNOWN.fullmatch(name) and name not in ("utf-8", "utf8") and single_bytes else "utf-8-sig"
