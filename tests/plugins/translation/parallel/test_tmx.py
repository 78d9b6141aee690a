"""Translation memories, as they occur and as they go wrong."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from trunkline import DataError
from trunkline_translation.parallel.reading import read

HEAD = '<?xml version="1.0"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4">\n<header srclang="en"/>\n<body>\n'
TAIL = "</body></tmx>\n"


def unit(*segments: tuple[str, str], name: str = "xml:lang") -> str:
    inner = "".join(f'<tuv {name}="{code}"><seg>{text}</seg></tuv>' for code, text in segments)
    return f'<tu tuid="7"><prop type="x">no text</prop><note>nor this</note>{inner}</tu>\n'


def written(folder: Path, *units: str, head: str = HEAD, name: str = "memory.tmx") -> Path:
    (folder / name).write_text(head + "".join(units) + TAIL, encoding="utf-8")
    return folder / name


def texts(path: Path) -> list[tuple[str, str]]:
    rows = read(path)
    assert rows is not None
    return [(row["source"], row["target"]) for row in rows]


def test_a_unit_is_a_row_with_its_line_and_languages(tmp_path: Path) -> None:
    path = written(tmp_path, unit(("en", "one &amp; &#233;"), ("pt-BR", "um")), unit(("pt-BR", "dois"), ("en", "two")))
    assert read(path) == [
        {
            "source": "one & é",
            "target": "um",
            "source_lang": "en",
            "target_lang": "pt-BR",
            "references": [],
            "__place__": "memory.tmx:6",
        },
        {
            "source": "two",
            "target": "dois",
            "source_lang": "en",
            "target_lang": "pt-BR",
            "references": [],
            "__place__": "memory.tmx:7",
        },
    ]


def test_the_headers_language_is_the_source_unless_a_pair_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, unit(("pt", "um"), ("EN-us", "one")))
    assert texts(path) == [("one", "um")]
    assert texts(tmp_path / "memory.tmx:pt-en") == [("um", "one")]
    everything = HEAD.replace('srclang="en"', 'srclang="*all*"')
    assert texts(written(tmp_path, unit(("pt", "um"), ("EN-us", "one")), head=everything)) == [("um", "one")]


def test_two_of_many_languages_are_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, unit(("en", "one"), ("pt", "um"), ("de", "eins")))
    with pytest.raises(DataError, match=r"3 languages where two are expected: en, pt, de\nName two .*memory.tmx:en-pt"):
        read(path)
    assert texts(tmp_path / "memory.tmx:de-pt") == [("eins", "um")]


def test_the_language_of_version_1_1_and_variants_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, unit(("EN", "one"), ("PT", "um"), ("PT", "uma"), name="lang"))
    (row,) = read(path) or []
    assert (row["source"], row["target"], row["references"]) == ("one", "um", ["uma"])


def test_inline_code_is_dropped_and_marked_text_kept(tmp_path: Path) -> None:
    marked = (
        'Click <bpt i="1">&lt;b <sub>title</sub>&gt;</bpt>here<ept i="1">&lt;/b&gt;</ept>, <hi>or <it pos="begin">x'
        '</it>there</hi><ph x="1"/>.<ut>{\\f1}</ut>'
    )
    assert texts(written(tmp_path, unit(("en", marked), ("pt", "Clique")))) == [("Click here, or there.", "Clique")]


def test_lines_within_a_segment_are_joined_and_other_space_is_kept(tmp_path: Path) -> None:
    path = written(tmp_path, unit(("en", "\n   one\u00a0 two\n\t\tthree\n"), ("pt", "um\u2028dois")))
    assert texts(path) == [("one\u00a0 two three", "um\u2028dois")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
@pytest.mark.parametrize("name", ["memory.tmx", "MEMORY.TMX", "stdin"])
def test_every_encoding_of_xml_and_any_name_is_read(tmp_path: Path, encoding: str, name: str) -> None:
    declared = HEAD.replace('"1.0"?', f'"1.0" encoding="{encoding.removesuffix("-sig")}"?')
    path = tmp_path / name
    path.write_bytes((declared + unit(("en", "née"), ("pt", "não")) + TAIL).encode(encoding))
    assert texts(path) == [("née", "não")]


def test_gzip_is_read(tmp_path: Path) -> None:
    whole = gzip.compress((HEAD + unit(("en", "one"), ("pt", "um")) + TAIL).encode())
    (tmp_path / "m.tmx.gz").write_bytes(whole)
    assert texts(tmp_path / "m.tmx.gz") == [("one", "um")]
    (tmp_path / "m.tmx.gz").write_bytes(whole[:-12])
    with pytest.raises(DataError, match=r"m.tmx.gz: not a whole gzip file"):
        read(tmp_path / "m.tmx.gz")


def test_every_bad_unit_is_told_and_the_others_are_given(tmp_path: Path) -> None:
    good = unit(("en", "one"), ("pt", "um"))
    nameless = "<tu><tuv><seg>x</seg></tuv></tu>\n"
    path = written(tmp_path, good, unit(("en", "two")), nameless, unit(("en", "a&nbsp;b"), ("pt", "c")), good)
    with pytest.raises(DataError) as caught:
        read(path)
    assert sorted(caught.value.problems) == [
        "memory.tmx:7: no text in 'pt'; it has en",
        "memory.tmx:8: a <tuv> without xml:lang",
        "memory.tmx:9: an entity that is not declared: &nbsp;",
    ]
    assert caught.value.bad_rows == 3
    assert [row["__place__"] for row in caught.value.rows or ()] == ["memory.tmx:6", "memory.tmx:10"]


def test_a_file_that_was_cut_is_told_and_what_is_before_is_given(tmp_path: Path) -> None:
    path = written(tmp_path, unit(("en", "one"), ("pt", "um")))
    path.write_text(path.read_text().removesuffix(TAIL) + "<tu><tuv xml:lang='en'><seg>tw")
    with pytest.raises(DataError, match=r"memory.tmx:7: not well-formed XML: ") as caught:
        read(path)
    assert [row["source"] for row in caught.value.rows or ()] == ["one"]


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY a "x">',
        '<!ENTITY a SYSTEM "file:///etc/hostname">',
        '<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;',
        '<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">',
    ],
)
def test_a_file_that_declares_an_entity_is_refused(tmp_path: Path, declared: str) -> None:
    head = HEAD.replace('SYSTEM "tmx14.dtd"', f"[{declared}]")
    with pytest.raises(DataError, match=r"memory.tmx:2: the file declares an entity, 'a'"):
        read(written(tmp_path, unit(("en", "&a;"), ("pt", "um")), head=head))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "no <tu> in it|no element found"),
        (HEAD + TAIL, "memory.tmx: no <tu> in it"),
        ("<html><body/></html>", "not TMX: its first element is <html>"),
        ("source\ttarget\na\tb\n", "memory.tmx:1: not well-formed XML: syntax error"),
    ],
)
def test_what_is_no_memory_is_told(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "memory.tmx").write_text(content)
    with pytest.raises(DataError, match=told):
        read(tmp_path / "memory.tmx")


@pytest.mark.parametrize("encoding", ["bogus", "Shift_JIS", "base64", "cp037"])
def test_an_encoding_that_is_not_read_is_told(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "memory.tmx").write_text(f'<?xml version="1.0" encoding="{encoding}"?>\n<tmx version="1.4"/>')
    with pytest.raises(DataError, match=rf"memory\.tmx:1: .* declares, '{encoding}', .*\nConvert it to UTF-8"):
        read(tmp_path / "memory.tmx")


def test_a_long_memory_is_read_in_parts(tmp_path: Path) -> None:
    """Longer than what is given to the parser at once, so that segments lie across the edges."""
    count = 20_000
    path = written(tmp_path, *(unit(("en", f"sentence {i} é"), ("pt", f"frase {i} ã")) for i in range(count)))
    assert path.stat().st_size > 2**21
    assert texts(path) == [(f"sentence {i} é", f"frase {i} ã") for i in range(count)]
