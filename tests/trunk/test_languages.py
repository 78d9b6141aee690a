"""Which special tokens name languages, and where a language's token stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tokenizers import AddedToken
from tokenizers import Tokenizer as Backend
from tokenizers.processors import TemplateProcessing

from tiny import wordpiece_tokenizer
from trunkline.errors import InvalidInput
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.languages import languages, names_a_language
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.trunk.windows import cut


def with_languages(names: list[str], before: str, behind: str) -> Any:
    backend = wordpiece_tokenizer()
    backend.add_special_tokens([AddedToken(name, special=True) for name in names])
    around = [(name, backend.token_to_id(name)) for name in {*before.split(), *behind.split()}]
    backend.post_processor = TemplateProcessing(
        single=[*before.split(), "$A", *behind.split()],
        pair=[*before.split(), "$A", "$B", *behind.split()],
        special_tokens=around,
    )
    return backend


def framed(backend: Backend, source: EncoderInput) -> list[str]:
    tokenizer = Tokenizer.from_json(backend.to_str(), 0, 64)
    [window] = cut(tokenizer.encode([source])[0], tokenizer)
    return [backend.id_to_token(int(token)) for token in window.ids]


@pytest.mark.parametrize(
    ("names", "kept", "told"),
    [
        (["__en__", "__zh__"], "__en__", ["en", "zh"]),
        (["eng_Latn", "zho_Hans"], "eng_Latn", ["eng_Latn", "zho_Hans"]),
        (["en_XX", "zh_CN"], "en_XX", ["en_XX", "zh_CN"]),
    ],
)
def test_tokens_of_the_kind_that_stands_around_a_text(names: list[str], kept: str, told: list[str]) -> None:
    backend = with_languages(names, kept, "[SEP]")
    assert list(Tokenizer.from_json(backend.to_str(), 0, 64).languages) == told
    assert framed(backend, EncoderInput("a")) == [kept, "a", "[SEP]"]
    assert framed(backend, EncoderInput("a", language=told[1])) == [names[1], "a", "[SEP]"]
    assert framed(backend, EncoderInput("a", "b", language=told[1])) == [names[1], "a", "b", "[SEP]"]
    apart = EncoderInput("a", "b", joined_at=1, language=told[1])
    assert framed(backend, apart) == [names[1], "a", "[SEP]", names[1], "b", "[SEP]"]
    behind = with_languages(names, "", f"[SEP] {kept}")
    assert framed(behind, EncoderInput("a", language=told[1])) == ["a", "[SEP]", names[1]]


def test_marians_stand_before_a_text_that_is_told() -> None:
    backend = with_languages([">>fra<<", ">>deu<<"], "", "[SEP]")
    assert framed(backend, EncoderInput("a")) == ["a", "[SEP]"]
    assert framed(backend, EncoderInput("a", language="fra")) == [">>fra<<", "a", "[SEP]"]
    assert framed(backend, EncoderInput("", language="fra")) == [">>fra<<", "[SEP]"]


def test_special_tokens_that_look_so_by_chance_are_none() -> None:
    backend = with_languages(["en_XX", "[x]"], "[CLS]", "[SEP]")
    assert languages(backend, [backend.token_to_id("[CLS]")]) == {}
    assert names_a_language("en_XX")
    assert not names_a_language("[x]")
    with pytest.raises(InvalidInput, match="not told the language of a text; leave it out"):
        Tokenizer.from_json(backend.to_str(), 0, 64).encode([EncoderInput("a", language="en_XX")])


def test_a_language_that_is_none_is_refused_with_some_that_are() -> None:
    backend = with_languages([f"__{letter}{letter}__" for letter in "abcdefghijk"], "__aa__", "[SEP]")
    tokenizer = Tokenizer.from_json(json.dumps(json.loads(backend.to_str())), 0, 64)
    with pytest.raises(InvalidInput, match=r"'xx' is none of the trunk's: it has aa, bb, .*hh and 3 more"):
        tokenizer.encode([EncoderInput("a", language="xx")])
