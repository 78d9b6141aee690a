"""Marks go in and come out again, or it is told that they did not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline_translation.text.marks import ADDRESSES, WORDS, Protected, parts, protect, restore
from trunkline_translation.text.spans import Span, find_spans


def protected(text: str) -> Protected:
    found = protect(text, find_spans(text))
    assert found is not None
    return found


def test_words_stand_in_for_spans() -> None:
    found = protected("Hello {name}, see https://a.b/c now.")
    assert found.text == "Hello XQ1, see XQ2 now."
    assert restore("Olá XQ1, veja XQ2 agora.", found) == "Olá {name}, veja https://a.b/c agora."
    assert restore("Agora XQ2, XQ1.", found) == "Agora https://a.b/c, {name}."


@pytest.mark.parametrize(
    "answer", ["Olá XQ1.", "XQ1 XQ2 XQ2", "XQ1 XQ3", "XQ1 e XQ2s", "xq1 XQ2", "XQ1 XQ 2", "XQ12 XQ2", "XQ01 XQ2", ""]
)
def test_lost_doubled_and_changed_marks_are_told(answer: str) -> None:
    assert restore(answer, protected("Hello {name} at {place} now.")) is None


def test_spaces_about_mark_up_come_and_go() -> None:
    found = protected("Press <b>Save</b> now, or a<sup>b</sup>c.")
    assert found.text == "Press XQ1 Save XQ2 now, or a XQ3 b XQ4 c."
    assert restore(found.text, found) == "Press <b>Save</b> now, or a<sup>b</sup>c."


def test_mark_up_at_an_edge_keeps_its_word() -> None:
    last = protected("The parcel was <b>sent</b>")
    assert last.text == "The parcel was XQ1 sent"
    assert restore("A encomenda foi XQ1 enviada", last) == "A encomenda foi <b>enviada</b>"
    assert restore("A encomenda foi enviada XQ1", last) is None
    first = protected("<b>Sent</b> was the parcel")
    assert restore("Enviada XQ1 foi a encomenda", first) == "<b>Enviada</b> foi a encomenda"
    assert restore("XQ1 enviada foi a encomenda", first) is None


def test_mark_up_stays_in_its_order() -> None:
    found = protected("Press <b>Save</b> now {x}.")
    assert restore("XQ2 XQ1 a XQ3.", found) is None
    assert restore("XQ3 agora XQ1 a XQ2 b.", found) == "{x} agora <b>a</b> b."


def test_mark_up_about_words_does_not_become_empty() -> None:
    found = protected("A <b>trunk</b> is <br/> here {x}.")
    assert restore("XQ1 XQ2 trunk is XQ3 XQ4.", found) is None
    assert restore("O XQ1 tronco XQ2 XQ3 XQ4.", found) is None
    assert restore("O XQ1 tronco XQ2 fica XQ3 XQ4.", found) == "O <b>tronco</b> fica <br/> {x}."


def test_what_is_loose_at_the_edges_needs_no_mark() -> None:
    found = protected(" <p> <b>Save it.</b> 🙂</p>")
    assert (found.text, found.marks) == ("Save it.", ())
    assert restore("Salve.", found) == " <p> <b>Salve.</b> 🙂</p>"
    assert protected("{name} waits for {x}").text == "XQ1 waits for XQ2"


def test_neighbours_share_a_mark() -> None:
    found = protected("See <a href='x'><b>this page</b></a> now.")
    assert found.text == "See XQ1 this page XQ2 now."
    assert restore("XQ1 página XQ2.", found) == "<a href='x'><b>página</b></a>."


def test_a_text_that_has_marks_in_it_gets_others() -> None:
    assert protected("Type XQ7 in {x} now").text == "Type XQ7 in ZX1 now"
    assert protect("XQ ZX QJ {x}", find_spans("XQ ZX QJ {x}")) is None


def test_in_scripts_without_spaces_marks_are_words_too() -> None:
    found = protected("点击{name}按钮")
    assert found.text == "点击 XQ1 按钮"
    assert restore("Click the XQ1 button", found) == "Click the {name} button"


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        st.sampled_from(["{a}", "<b>", "</b>", "word", "好", " ", ",", "(", ")", "🙂", "`x`", "é", "\x00"]),
        min_size=1,
        max_size=15,
    ),
    st.sampled_from([WORDS, ADDRESSES]),
)
def test_an_untouched_sentence_comes_back_but_for_spaces_in_scripts_without(pieces: list[str], styles: tuple) -> None:
    text = "".join(pieces)
    found = protect(text, find_spans(text), styles)
    assert found is not None
    back = restore(found.text, found)
    assert back is None or back.replace(" ", "") == text.replace(" ", "")
    if "好" not in text and "(" not in text and "," not in text:
        assert back == text


def test_parts() -> None:
    spans = [Span(3, 6, "kept", "{a}"), Span(6, 9, "term", "wort")]
    assert parts("ab {a}xyz", spans) == [("ab ", True), ("{a}", False), ("wort", False)]


def test_what_stands_alone_has_words_behind_it_again() -> None:
    """A mark-up that belongs to no words parts them: those after it must not be lost."""
    found = protected("the refund <br/> chargeback")
    assert restore("o reembolso XQ1", found) is None
    assert restore("o reembolso XQ1 estorno", found) == "o reembolso <br/> estorno"
    at_the_end = protected("see <b>this</b> now")
    assert restore("agora veja XQ1 isto XQ2", at_the_end) == "agora veja <b>isto</b>"
