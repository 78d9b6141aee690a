"""PDF: its text, or why there is none."""

from __future__ import annotations

import sys
from contextlib import suppress

import pytest

from papers import pdf
from trunkline import MissingExtra
from trunkline_qa.knowledge.extracted import Unreadable
from trunkline_qa.knowledge.pdf import read_pdf


def test_text_and_title() -> None:
    found = read_pdf(pdf("Lost parcels are refunded.", "Within five days.", title=" Refunds\n2026 "))
    assert found.text == "Lost parcels are refunded.\n\nWithin five days."
    assert found.title == "Refunds 2026"
    assert read_pdf(pdf("Lost.")).title is None


def test_encrypted() -> None:
    assert read_pdf(pdf("Lost parcels.", password="")).text == "Lost parcels."
    with pytest.raises(Unreadable, match="encrypted with a password; save it without"):
        read_pdf(pdf("Lost parcels.", password="secret"))


def test_no_text() -> None:
    with pytest.raises(Unreadable, match="only pictures; recognise"):
        read_pdf(pdf("", ""))


@pytest.mark.parametrize("data", [b"%PDF-1.4", b"no pdf", b"%PDF-1.4\ntrailer<</Root 1 0 R>>", pdf("Lost.")[:-200]])
def test_broken(data: bytes) -> None:
    with pytest.raises(Unreadable, match=r"not a readable PDF|only pictures"):
        read_pdf(data)


def test_flipped_bytes_are_told_never_a_traceback() -> None:
    whole = pdf("Lost parcels are refunded.", "Within five days.")
    for place in range(0, len(whole) - 8, 7):
        with suppress(Unreadable):
            read_pdf(whole[:place] + b"\xff<<[(%\0/" + whole[place + 8 :])


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(MissingExtra, match=r"trunkline-qa\[documents\]"):
        read_pdf(b"")
