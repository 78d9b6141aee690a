"""What is printed can be printed."""

from __future__ import annotations

import io
import sys

import pytest

from trunkline.cli.output import print_json, print_table, print_text


def test_a_name_that_utf8_cannot_hold_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    strict = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="strict")
    monkeypatch.setattr(sys, "stdout", strict)
    print_text("rows in a\udcff")
    print_table(("file",), [("a\udcff",)])
    print_json({"file": "a\udcff"})
    strict.flush()
    told = strict.buffer.getvalue().decode()  # type: ignore[attr-defined]
    assert told.count(r"a\udcff") == 3
