"""What is found to stay as it is, kind by kind, and nothing else."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from texts import HOSTILE
from trunkline import InvalidInput
from trunkline_translation.text.spans import KINDS, Span, check_kinds, find_spans, kept_spans


def found(text: str) -> list[tuple[str, str]]:
    return [(span.kind, span.text) for span in find_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://a.b/c_(d)?e=f&g=1#h. Then", [("url", "https://a.b/c_(d)?e=f&g=1#h")]),
        ("(at http://a.b/c), or www.x.org!", [("url", "http://a.b/c"), ("url", "www.x.org")]),
        ("去https://a.b/c。好", [("url", "https://a.b/c")]),
        ("Write to a.b+c@d-e.co.uk.", [("email", "a.b+c@d-e.co.uk")]),
        (
            "Hi {name}, {{count}} of {0} and ${USER} or $HOME",
            [("placeholder", p) for p in ("{name}", "{{count}}", "{0}", "${USER}", "$HOME")],
        ),
        ("%s has %(n)d of %5.2f and %1$s, %%", [("placeholder", p) for p in ("%s", "%(n)d", "%5.2f", "%1$s")]),
        ("100% sure of 50% discount", []),
        (
            "A <0>link</0> and [[Page|x]] and <br/> <b class='x'>y</b>",
            [
                ("placeholder", "<0>"),
                ("placeholder", "</0>"),
                ("placeholder", "[[Page|x]]"),
                ("tag", "<br/>"),
                ("tag", "<b class='x'>"),
                ("tag", "</b>"),
            ],
        ),
        ("1 < 2 and a > b", []),
        ("Run `pip install x` and ``a ` b``.", [("code", "`pip install x`"), ("code", "``a ` b``")]),
        ("Hi 👨‍👩‍👧‍👦🇩🇪 👍🏽!", [("emoji", "👨‍👩‍👧‍👦🇩🇪"), ("emoji", "👍🏽")]),
        (
            "Hi <%= name %>, @{x}, {{{raw}}} and {{#if a}}",
            [("placeholder", p) for p in ("<%= name %>", "@{x}", "{{{raw}}}", "{{#if a}}")],
        ),
        ("Put {% include 'a' %} {# so #} here", [("tag", "{% include 'a' %}"), ("tag", "{# so #}")]),
        ("Of $E = mc^2$, $$a + b$$ and $x$", [("placeholder", p) for p in ("$E = mc^2$", "$$a + b$$", "$x$")]),
        ("From $5 to $10, or 5$ to 10$", [("amount", p) for p in ("$5", "$10", "5$", "10$")]),
        ("Thanks :smile::+1: at 10:30:45, note:this:here", [("emoji", ":smile::+1:")]),
        (
            "You have {n, plural, =0 {none} other {{m, select, a {# of {x}} other {}}}} now, {t, time, short}",
            [
                ("placeholder", "{n, plural, =0 {none} other {{m, select, a {# of {x}} other {}}}}"),
                ("placeholder", "{t, time, short}"),
            ],
        ),
        (
            "See #48213, #billing-issues. Ask @anna.b.",
            [("reference", r) for r in ("#48213", "#billing-issues", "@anna.b")],
        ),
        ("C# is no. 1 @ home & a#b", []),
        ("In C:\\Users\\anna\\file.txt.", [("path", "C:\\Users\\anna\\file.txt")]),
        (r"On \\server\share now", [("path", r"\\server\share")]),
        ("Edit /etc/hosts, ~/a.b or ../c/.", [("path", p) for p in ("/etc/hosts", "~/a.b", "../c/")]),
        ("The app and/or he/she, 1/2 of 5 km/h / 24/7 w/o", []),
        (
            "It is £20, €15, ₹500, US$1,234.50, EUR 1,234.50. Or £9.99!",
            [("amount", a) for a in ("£20", "€15", "₹500", "US$1,234.50", "EUR 1,234.50", "£9.99")],
        ),
        ("15 €, 20 USD, $5-10 and €5m", [("amount", a) for a in ("15 €", "20 USD", "$5-10", "€5m")]),
        ("EUR and USD in 2024; PIN 1234", []),
        ("a\x00b\x1b\ue000c", [("control", "\x00"), ("control", "\x1b\ue000")]),
        ("Plain words, 3 of them; don't (really) mind: it's fine.", []),
    ],
)
def test_kinds(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from("{}[]<>%$`@.:/ \n") | st.characters(), st.just("http://a")), max_size=40).map(
        "".join
    ),
    st.data(),
)
def test_spans_are_in_order_apart_and_say_what_is_there(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    given_spans = kept_spans(text, [(start, end)] if start < end else [])
    spans = find_spans(text, given=given_spans)
    assert all(text[span.start : span.end] == span.text and span.text for span in spans)
    assert all(left.end <= right.start for left, right in pairwise(spans))
    assert set(given_spans) <= set(spans)


def test_kinds_can_be_left_out() -> None:
    assert find_spans("https://a.b and {x}", KINDS - {"url"}) == (Span(16, 19, "placeholder", "{x}"),)
    with pytest.raises(InvalidInput, match="no kind of protected text is called 'urls'; known: amount, code, control"):
        check_kinds(["urls"])


def test_what_the_user_keeps_goes_before_what_is_found() -> None:
    text = "Acme Cloud at https://acme.org/cloud"
    spans = find_spans(text, given=kept_spans(text, [(14, 27)], ["Acme Cloud", "cloud"]))
    assert [span.text for span in spans] == ["Acme Cloud", "https://acme.", "cloud"]
    with pytest.raises(InvalidInput, match=r"\[3, 99\) to keep is not within the text, which has 36"):
        kept_spans(text, [(3, 99)])
    with pytest.raises(InvalidInput, match="string ' ' to keep is empty"):
        kept_spans(text, strings=[" "])


EXPENSIVE = (
    "{%", "<%", "{#", "$a=", "$$", "{n,plural,", "{n,plural,{", ":a", "#a-", "@a.", "/a", "C:\\a", "€1", "1,", "EUR ",
    "'{",
)  # fmt: skip


@pytest.mark.parametrize(
    "unit", [*"`{[<%$@a.1", "<!--", "<a ", "{{", "[[", "%(", "http://", "a@", "a.", "1️⃣", "${", "👨‍", "(x)", *EXPENSIVE]
)
def test_time_is_linear(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    start = time.perf_counter()
    find_spans(text)
    assert time.perf_counter() - start < 8


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text(text: str) -> None:
    assert all(text[span.start : span.end] == span.text for span in find_spans(text))
