from __future__ import annotations

from trunkline_translation.documents import Reading, parse, translate_document, write
from trunkline_translation.text import Options


def shouting(texts: list[str]) -> list[str]:
    return [text.upper() for text in texts]


def test_lines_are_segments_unless_they_are_wrapped() -> None:
    source = "A title\r\n\r\n  One goes\r\n  on here. Two.\r\n- - -\r\n"
    assert [s.text for s in parse(source, "text").segments] == ["A title", "One goes", "on here. Two."]
    wrapped = parse(source, "text", Reading(wrapped=True))
    assert [(s.text, s.line) for s in wrapped.segments] == [("A title", 1), ("One goes on here. Two. - - -", 3)]


def test_wrapped_lines_are_as_many_as_before() -> None:
    source = "One goes\n  on here\nand there.\n\nEnd"
    asked: list[str] = []

    def translate(texts: list[str]) -> list[str]:
        asked.extend(texts)
        return shouting(texts)

    result = translate_document(parse(source, "text", Reading(wrapped=True)), translate, Options("en", "xx"))
    assert asked == ["One goes on here and there.", "End"]
    assert result.text == "ONE GOES\n  ON HERE\nAND THERE.\n\nEND"


def test_chinese_lines_are_joined_without_a_space() -> None:
    document = parse("今天天气\n很好。", "text", Reading(wrapped=True))
    assert document.segments[0].text == "今天天气很好。"
    assert write(document, ["今天天气不好。"]) == "今天天气\n不好。"
    assert write(document, ["Nice weather"]) == "Nice\nweather"
