"""Subtitles: times stay; compared with what the `srt` library reads."""

from __future__ import annotations

import pytest
import srt
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline import DataError
from trunkline_translation.documents import parse, translate_document, write
from trunkline_translation.text import Options

SRT = """\
\ufeff1
00:00:01,000 --> 00:00:02,500
Hello there,
you <i>two</i>.

2
00:00:03,000 --> 00:00:04,000 X1:40 X2:600
- Who is it?
- {\\an8}Nobody.

3
00:01:00.5 --> 00:01:02.000
1984

4
00:01:03,000 --> 00:01:04,000
♪ la la ♪

And more
"""
VTT = """\
WEBVTT - A title

NOTE
stays here

STYLE
::cue { color: red }

intro
00:01.000 --> 00:02.000 align:start
<v Roger Bingham>We are in <c.yellow>New York</c>
at last &amp; glad

01:00:03.000 --> 01:00:04.000
- It is.
- Yes.
"""


def shouting(texts: list[str]) -> list[str]:
    return [text.upper() for text in texts]


def translated(source: str, form: str) -> str:
    return translate_document(parse(source, form), shouting, Options("en", "xx")).text


def test_subrip() -> None:
    result = translated(SRT, "srt")
    expected = SRT
    for words in ("Hello there,\nyou", ">two<", "Who is it?", "}Nobody.", "la la", "And more"):
        expected = expected.replace(words, words.upper())
    assert result == expected


def test_the_srt_library_reads_the_same_times_and_lines() -> None:
    before, after = (
        list(srt.parse(SRT.removeprefix("\ufeff"))),
        list(srt.parse(translated(SRT, "srt").removeprefix("\ufeff"))),
    )
    assert [(s.index, s.start, s.end, s.proprietary) for s in before] == [
        (s.index, s.start, s.end, s.proprietary) for s in after
    ]
    assert [s.content.count("\n") for s in before] == [s.content.count("\n") for s in after]
    assert after[0].content == "HELLO THERE,\nYOU <i>TWO</i>."


def test_a_sentence_over_two_lines_is_one_and_speakers_are_two() -> None:
    assert [(s.text, s.line) for s in parse(SRT, "srt").segments] == [
        ("Hello there, you <i>two</i>.", 3),
        ("Who is it?", 8),
        ("{\\an8}Nobody.", 9),
        ("♪ la la ♪", 17),
        ("And more", 19),
    ]


def test_webvtt() -> None:
    expected = VTT
    for words in ("We are in", "New York", "at last", "glad", "It is.", "Yes."):
        expected = expected.replace(words, words.upper())
    assert translated(VTT, "vtt") == expected


CUES = st.lists(
    st.lists(st.sampled_from(["One two", "- three", "4", "<i>five</i> six", "-->x"]), min_size=1, max_size=3),
    min_size=1,
    max_size=5,
)


@settings(max_examples=200, deadline=None)
@given(CUES, st.sampled_from(["\n", "\r\n"]))
def test_any_cues_are_read_as_the_srt_library_does(cues: list[list[str]], end: str) -> None:
    cues = [[line for line in cue if "-->" not in line] or ["x"] for cue in cues]
    source = "".join(
        f"{n}{end}00:00:{n:02},000 --> 00:00:{n:02},500{end}{end.join(cue)}{end}{end}" for n, cue in enumerate(cues, 1)
    )
    document = parse(source, "srt")
    theirs = [line for s in srt.parse(source) for line in s.content.splitlines()]
    lines = source.split(end)
    said = {
        line for segment in document.segments for line in range(segment.line, segment.line + 1 + len(segment.breaks))
    }
    found = {lines[number - 1] for number in said}
    assert {line for line in theirs if any(sign.isalpha() for sign in line)} <= found <= set(theirs)
    assert write(document, [segment.text for segment in document.segments]) == source


@pytest.mark.parametrize(
    ("form", "source", "problem"),
    [
        (
            "srt",
            "1\n00:00:01,000 -> 00:00:02\nx\n\n2\n00:00 --> 5\ny\n",
            "line 6: the times '00:00 --> 5' cannot be read",
        ),
        ("srt", "Just text\n", "line 1: a subtitle's number and times are expected here"),
        ("srt", "Some text\n1\n00:00:01,000 --> 00:00:02,000\nx", "line 1: a subtitle's number"),
        ("srt", "", "line 1: a subtitle's number"),
        ("vtt", "1\n00:01.000 --> 00:02.000\nx", "line 1: the file does not begin with WEBVTT"),
        ("vtt", "WEBVTT\n\n00:01 --> 00:02\nx", "line 3: the times '00:01 --> 00:02' cannot be read"),
        (
            "vtt",
            "WEBVTT\n\nlost words\nand more\nand\n00:01.000 --> 00:02.000",
            "line 3: the times of a cue are expected here",
        ),
    ],
)
def test_damaged_files_are_told_with_their_line(form: str, source: str, problem: str) -> None:
    with pytest.raises(DataError) as raised:
        parse(source, form)
    assert raised.value.problems[0].startswith(problem)
