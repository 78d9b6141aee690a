"""Texts as SentencePiece spells them, and where each character came from."""

from __future__ import annotations

import json

import pytest
import sentencepiece

from texts import HOSTILE
from translators import awkward_texts, spm_bytes, spm_pieces
from trunkline.trunk.conversion import spm_tokenizer_json
from trunkline.trunk.spelling import Spelling
from vocabularies import KINDS


@pytest.fixture(scope="module", params=["nmt_nfkc", "identity", "nmt_nfkc_cf"])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Spelling, sentencepiece.SentencePieceProcessor]:
    content = spm_bytes(rule=request.param)
    path = tmp_path_factory.mktemp("spm") / "m"
    path.write_bytes(content)
    names = ["<unk>", "</s>", *spm_pieces(content)]
    described = json.loads(spm_tokenizer_json(path, {name: number for number, name in enumerate(names)}))
    spelling = Spelling.of(described)
    assert spelling is not None
    return spelling, sentencepiece.SentencePieceProcessor(model_proto=content)


PLAIN = ["Ada met Charles", " a", "a ", "a  b", "a\tb", "", " ", "x"]


def test_texts_are_spelt_as_sentencepiece_spells_them(
    pair: tuple[Spelling, sentencepiece.SentencePieceProcessor],
) -> None:
    spelling, theirs = pair
    for text in (*PLAIN, *HOSTILE.values(), *awkward_texts(300)):
        spelt = spelling.spell(text)
        assert spelt.text == theirs.normalize(text), repr(text)
        assert len(spelt.text) == len(spelt.starts) == len(spelt.ends) or not spelt.text
        assert list(spelt.starts) == sorted(spelt.starts)


def test_each_character_knows_its_own(pair: tuple[Spelling, sentencepiece.SentencePieceProcessor]) -> None:
    spelling, _ = pair
    for text in ("Ada met", "  Ada  met "):
        spelt = spelling.spell(text)
        begin, end = spelt.text.lower().index("met"), len(spelt.text)
        start, stop = spelt.span(begin, end)
        assert text[start:stop] == "met"
        assert spelt.span(end, end) == (stop, stop)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_other_tokenizers_spell_for_themselves(kind: str) -> None:
    assert Spelling.of(json.loads(KINDS[kind]().to_str())) is None
