"""Markdown: its words without its marks."""

from __future__ import annotations

import sys

import pytest

from trunkline import MissingExtra
from trunkline_qa.knowledge.markdown import read_markdown

PAGE = """---
title: "Refunds, *all* of them"
tags: [a]
---
# Refunds [here](https://example.com)

Lost **parcels** are
refunded `within` five\\_days.
A hard\\
break, ![a picture](a.png) & &lt;more&gt;.

- One
- Two
  goes on

1. First

   Second part

> Quoted.

| Kind | Days |
|------|------|
| Parcel | **5** |

```python
a  = 1
```

<div><p>HTML <b>block</b></p><script>no</script></div>

---
Set
===
"""


def test_a_page() -> None:
    found = read_markdown(PAGE)
    assert found.title == "Refunds, *all* of them"
    lines = [line for line in found.text.split("\n") if line]
    assert lines == [
        "Refunds here",
        "Lost parcels are refunded within five_days. A hard",
        "break, a picture & <more>.",
        "One",
        "Two goes on",
        "First",
        "Second part",
        "Quoted.",
        "Kind | Days",
        "Parcel | 5",
        "a  = 1",
        "HTML block",
        "Set",
    ]
    assert "here\n\nLost" in found.text
    assert "One\nTwo" in found.text


def test_the_first_heading_is_the_title() -> None:
    assert read_markdown("Before.\n\nRefunds `all`\n---\n\n# Other").title == "Refunds all"
    assert read_markdown("No heading.").title is None
    assert read_markdown("---\r\ntitle: Refunds\r\n---\r\nText.").title == "Refunds"


@pytest.mark.parametrize("piece", ["> ", "- ", "[", "*a ", "`", "<b>", "![", "|a", "#", "_", "\\"])
def test_much_of_any_mark(piece: str) -> None:
    read_markdown(piece * 2_000)


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "markdown_it", None)
    with pytest.raises(MissingExtra, match=r"trunkline-qa\[documents\]"):
        read_markdown("a")
