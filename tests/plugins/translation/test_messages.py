"""What a request may say, and what is wrong with one."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from trunkline_translation.messages import Protected, TranslationRequest, TranslationResponse
from trunkline_translation.text import KINDS


def asked(**fields: Any) -> TranslationRequest:
    return TranslationRequest.model_validate({"text": "Hello, world.", **fields})


@pytest.mark.parametrize("model", [TranslationRequest, TranslationResponse])
def test_the_shown_examples_are_valid(model: Any) -> None:
    for example in model.model_json_schema()["examples"]:
        model.model_validate(example)


def test_a_text_is_enough_and_may_be_anything() -> None:
    for text in ("", "\n", "a\x07\u202e👩‍👩‍👧", "x" * 100_000):
        request = TranslationRequest(text=text)
        assert (request.text, request.samples, request.alternatives) == (text, False, 0)
    assert TranslationRequest.read_field == TranslationRequest.asked_field == "text"


def test_a_request_survives_json() -> None:
    request = asked(glossary={"world": "mundo"}, keep=["Hello"], keep_spans=[{"start": 0, "end": 5}], protect=["url"])
    assert TranslationRequest.model_validate_json(request.model_dump_json()) == request


@pytest.mark.parametrize(
    ("fields", "samples"),
    [
        ({"temperature": 0}, False),
        ({"temperature": 0.7}, True),
        ({"top_k": 5}, True),
        ({"top_p": 0.9}, True),
        ({"top_k": 5, "seed": 5}, True),
        ({"seed": 0, "temperature": 0}, False),
        ({"temperature": 1, "beams": 1, "alternatives": 3}, True),
    ],
)
def test_what_draws_by_chance(fields: dict[str, Any], samples: bool) -> None:
    assert asked(**fields).samples is samples


def test_kept_spans_are_put_in_order() -> None:
    spans = asked(keep_spans=[{"start": 7, "end": 13}, {"start": 0, "end": 7}]).keep_spans
    assert [(span.start, span.end) for span in spans] == [(0, 7), (7, 13)]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"alternatives": 11}, "alternatives\n.*less than or equal to 10"),
        ({"beams": 17}, "beams\n.*less than or equal to 16"),
        ({"max_length": 2000}, "max_length\n.*less than or equal to 1024"),
        ({"temperature": float("nan")}, "temperature\n"),
        ({"top_p": 0}, "top_p\n.*greater than 0"),
        ({"source_lang": "../etc"}, "source_lang\n.*match pattern"),
        ({"format": "docx"}, "'text', 'markdown', 'html', 'srt', 'vtt' or 'po'"),
        ({"glossary": {" ": "x"}}, "it is blank"),
        ({"glossary": {"x": ""}}, "at least 1 character"),
        ({"glossary": {str(i): "x" for i in range(1001)}}, "at most 1000"),
        ({"keep": ["x" * 201]}, "string 0 has 201 characters, the limit is 200"),
        ({"keep": ["a", " "]}, "string 1 is blank"),
        ({"keep": ["Hello"], "glossary": {"Hello": "Olá"}}, "'Hello' is a term of the glossary too"),
        ({"keep_spans": [{"start": 3, "end": 3}]}, "3 is not behind the start, 3"),
        ({"keep_spans": [{"start": 0, "end": 14}]}, "14 lies behind the text's 13 characters"),
        ({"keep_spans": [{"start": 0, "end": 5}, {"start": 4, "end": 6}]}, "4 to 6 overlaps 0 to 5"),
        ({"protect": ["prices"]}, "'placeholder'"),
        ({"temperature": 0.5, "beams": 4}, "4 beams and drawing by chance exclude each other"),
        ({"seed": 5}, "seed: nothing is drawn by chance; give a temperature above 0"),
        ({"top_p": 0.9, "temperature": 0}, "top_p: nothing is drawn by chance"),
        ({"top_k": 9, "temperature": 0, "beams": 4}, "top_k: nothing is drawn by chance"),
        ({"q": "Hello"}, "Extra inputs"),
    ],
)
def test_what_is_wrong_is_told(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        asked(**fields)


def test_the_command_line_takes_languages_and_kept_strings_as_they_are() -> None:
    from trunkline.cli.generated import made, options_of

    kinds = {one.name: str(one.annotation) for one in options_of(TranslationRequest, ("model",), "Options")}
    assert all("as JSON" not in kinds[name] for name in ("source_lang", "target_lang", "keep", "beams"))
    request = made(TranslationRequest, {"text": "a", "keep": ["b c"], "protect": '["url"]', "glossary": '{"d": "e"}'})
    assert (request.keep, request.protect, request.glossary) == (["b c"], ["url"], {"d": "e"})
    for said, taken in (("none", "none"), ("all", "all"), ("false", False), ('["path", "url"]', ["path", "url"])):
        assert made(TranslationRequest, {"text": "a", "protect": said}).protect == taken


def test_a_response_leaves_out_what_was_not_asked_for() -> None:
    response = TranslationResponse(translation="Olá", score=0.5, model="translation/en-pt@1")
    assert response.model_dump() == {
        "model": "translation/en-pt@1",
        "translation": "Olá",
        "score": 0.5,
        "alternatives": [],
        "unplaced": [],
        "notes": [],
    }


def test_what_may_be_protected_is_what_is_found() -> None:
    assert set(get_args(Protected)) == set(KINDS)
