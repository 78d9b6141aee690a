"""Gettext PO: compared with what polib reads."""

from __future__ import annotations

import polib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline import DataError
from trunkline_translation.documents import Reading, parse, translate_document
from trunkline_translation.documents.gettext_messages import messages
from trunkline_translation.text import Options

SOURCE = r"""# A comment
#, fuzzy
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n<5 ? 1 : 2);\n"

#. for translators
#: src/a.c:12
#, c-format
msgid "Hello %s, you \"have\" mail"
msgstr ""

msgctxt "menu"
msgid ""
"Two lines\n"
"of text\n"
msgstr ""

#, python-format
msgid "one file"
msgid_plural "%(n)d files"
msgstr[0] ""
msgstr[1] ""
msgstr[2] ""

msgid "done already"
msgstr "fertig"

#, fuzzy
#| msgid "old"
msgid "nearly done"
msgstr "fast "
"fertig"

msgid "12 %"
msgstr ""

#~ msgid "gone"
#~ msgstr ""
"""


OPTIONS = Options("en", "xx")


def test_messages_with_icus_choices_are_left_untranslated_and_tabs_stay() -> None:
    source = """msgid ""
msgstr ""

msgid "You have {n, plural, one {an order} other {# orders}} now"
msgstr ""

msgid "not found\\t(see %1$s)"
msgstr ""
"""
    text = translate_document(parse(source, "po"), lambda texts: [one.upper() for one in texts], OPTIONS).text
    assert text == f'{source[:-3]}"NOT FOUND\\t(SEE %1$s)"\n'


def shouting(texts: list[str]) -> list[str]:
    return [text.upper() for text in texts]


def translated(source: str, **reading: bool) -> str:
    return translate_document(parse(source, "po", Reading(**reading)), shouting, Options("en", "xx")).text


def test_empty_translations_are_filled_and_nothing_else_changes() -> None:
    result = translated(SOURCE)
    expected = (
        SOURCE.replace('mail"\nmsgstr ""', 'mail"\nmsgstr "HELLO %s, YOU \\"HAVE\\" MAIL"')
        .replace('of text\\n"\nmsgstr ""', 'of text\\n"\nmsgstr ""\n"TWO LINES\\n"\n"OF TEXT\\n"')
        .replace('[0] ""', '[0] "ONE FILE"')
        .replace('[1] ""', '[1] "%(n)d FILES"')
        .replace('[2] ""', '[2] "%(n)d FILES"')
    )
    assert result == expected


def test_polib_reads_the_translations() -> None:
    after = {entry.msgid: entry for entry in polib.pofile(translated(SOURCE))}
    before = {entry.msgid: entry for entry in polib.pofile(SOURCE)}
    assert after.keys() == before.keys()
    assert after["Two lines\nof text\n"].msgstr == "TWO LINES\nOF TEXT\n"
    assert after["one file"].msgstr_plural == {0: "ONE FILE", 1: "%(n)d FILES", 2: "%(n)d FILES"}
    for msgid, entry in after.items():
        old = before[msgid]
        assert (entry.flags, entry.comment, entry.occurrences) == (old.flags, old.comment, old.occurrences)


def test_what_is_there_is_overwritten_only_when_asked() -> None:
    entries = {entry.msgid: entry for entry in polib.pofile(translated(SOURCE, overwrite=True))}
    assert (entries["done already"].msgstr, entries["nearly done"].msgstr) == ("DONE ALREADY", "NEARLY DONE")
    assert entries["nearly done"].fuzzy


def test_translations_can_be_marked_for_people_to_look_at() -> None:
    entries = {entry.msgid: entry for entry in polib.pofile(translated(SOURCE, mark_fuzzy=True))}
    fuzzy = {msgid for msgid, entry in entries.items() if entry.fuzzy}
    assert fuzzy == {'Hello %s, you "have" mail', "Two lines\nof text\n", "one file", "nearly done"}
    assert entries["one file"].flags == ["python-format", "fuzzy"]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_lines_end_as_the_files_do(ending: str) -> None:
    """Those that are added too: of a translation of several lines, and of flags."""
    result = translated(SOURCE.replace("\n", ending), mark_fuzzy=True)
    assert result == translated(SOURCE, mark_fuzzy=True).replace("\n", ending)
    assert f'"TWO LINES\\n"{ending}' in result


def test_a_language_with_one_form_has_the_plural() -> None:
    source = (
        'msgid ""\nmsgstr "Plural-Forms: nplurals=1; plural=0;\\n"\n\nmsgid "one"\nmsgid_plural "many"\nmsgstr[0] ""\n'
    )
    assert translated(source).endswith('msgstr[0] "MANY"\n')


STRINGS = st.text(st.sampled_from('ab "\\\n\té%{}\r'), max_size=20)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(STRINGS.filter(bool), STRINGS, st.booleans()), max_size=5, unique_by=lambda e: e[0]),
    st.integers(20, 80),
)
def test_any_file_of_polib_is_read_as_polib_reads_it(entries: list[tuple[str, str, bool]], width: int) -> None:
    file = polib.POFile(wrapwidth=width)
    for msgid, msgstr, is_fuzzy in entries:
        file.append(polib.POEntry(msgid=msgid, msgstr=msgstr, flags=["fuzzy"] if is_fuzzy else []))
    source = str(file)
    ours = [(m.value("msgid"), m.value("msgstr"), "fuzzy" in m.flags) for m in messages(source)]
    assert ours[1:] == [(e.msgid, e.msgstr, e.fuzzy) for e in polib.pofile(source)]
    back = polib.pofile(translated(source))
    assert [e.msgid for e in back] == [e[0] for e in entries]
    for entry, (msgid, msgstr, _) in zip(back, entries, strict=True):
        if msgstr:
            assert entry.msgstr == msgstr
        elif any(sign.isalpha() for sign in msgid):
            assert (
                entry.msgstr.upper().split()
                == translate_document(parse(msgid, "text"), shouting, OPTIONS).text.upper().split()
            )
        else:
            assert entry.msgstr == ""


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ('msgid "a"\nmsgstr "b\n', "line 2: the string '\"b' is not closed"),
        ('msgid "a"\nfoo "b"\n', "line 2: 'foo \"b\"' is no msgid"),
        ('"a"\n', "line 1: a string without msgid or msgstr before it"),
        ('msgstr "a"\n', "line 1: msgstr cannot stand after nothing"),
        ('msgid "a"\n\nmsgid "b"\nmsgstr ""\n', "line 3: the message of line 1 has no msgstr"),
        ('msgid "a"\n', "line 2: the message of line 1 has no msgstr"),
        ('msgctxt "a"\nmsgstr ""\n', "line 2: msgstr cannot stand after msgctxt"),
    ],
)
def test_damaged_files_are_told_with_their_line(source: str, problem: str) -> None:
    with pytest.raises(DataError) as raised:
        parse(source, "po")
    assert raised.value.problems[0].startswith(problem)
