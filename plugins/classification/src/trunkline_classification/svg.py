"""Just enough SVG: text that is safe in XML, and the frame of a picture."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production Char
FONT = "font-family='system-ui, sans-serif'"


def safe(text: str) -> str:
    """Escape text for XML; what XML cannot hold becomes U+FFFD."""
    return escape(_ILLEGAL.sub("\ufffd", text))


def short(text: str, length: int) -> str:
    """Cut text to `length` code points, and say so by an ellipsis."""
    return text if len(text) <= length else text[: length - 1] + "…"


def text(x: float, y: float, content: str, size: float = 11, anchor: str = "start", more: str = "") -> str:
    return f"<text x='{x:g}' y='{y:g}' font-size='{size:g}' text-anchor='{anchor}' {more}>{safe(content)}</text>"


def picture(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """Frame parts as a whole SVG file on white."""
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:g} {height:g}' "
            f"width='{width:g}' height='{height:g}' role='img' {FONT}>",
            f"<title>{safe(title)}</title>",
            f"<rect width='{width:g}' height='{height:g}' fill='#fff'/>",
            *parts,
            "</svg>\n",
        ]
    )
