"""The longest match, as SentencePiece's own normaliser finds it."""

from __future__ import annotations

import pytest
import sentencepiece
from sentencepiece import sentencepiece_model_pb2

from texts import HOSTILE
from translators import awkward_texts, spm_bytes
from trunkline.errors import TrunkError
from trunkline.trunk.charsmap import Charsmap


def made(rule: str) -> tuple[Charsmap, sentencepiece.SentencePieceNormalizer]:
    proto = sentencepiece_model_pb2.ModelProto.FromString(spm_bytes(rule=rule))
    theirs = sentencepiece.SentencePieceNormalizer(
        rule_name=rule, add_dummy_prefix=False, escape_whitespaces=False, remove_extra_whitespaces=False
    )
    return Charsmap(proto.normalizer_spec.precompiled_charsmap), theirs


def normalised(charsmap: Charsmap, text: str) -> str:
    place, found = 0, ""
    while place < len(text):
        piece, length = charsmap.match(text, place)
        found, place = found + piece, place + length
    return found


@pytest.mark.parametrize("rule", ["nmt_nfkc", "nfkc", "nmt_nfkc_cf"])
def test_it_normalises_as_sentencepiece_does(rule: str) -> None:
    charsmap, theirs = made(rule)
    for text in (*HOSTILE.values(), *awkward_texts()):
        assert normalised(charsmap, text) == theirs.normalize(text), repr(text)


@pytest.mark.parametrize("blob", [b"", b"\x08\0\0\0\0\0\0\0", b"\x03\0\0\0abc"])
def test_a_table_that_is_cut_off_is_refused(blob: bytes) -> None:
    with pytest.raises(TrunkError, match="table of characters is damaged"):
        Charsmap(blob)
