from __future__ import annotations

import random
import unicodedata
from pathlib import Path

import pytest
import sentencepiece
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from marian_files import LINES, write_vocabulary
from texts import HOSTILE
from trunkline import EnvironmentFault, InvalidInput
from trunkline_translation.bergamot.vocabulary import tokenizer_json

KINDS = {
    "as Marian trains it": {},
    "bytes for unknown": {"byte_fallback": True, "size": 450},
    "symbols of the user": {"user_defined_symbols": ["__sep__", "<br>", "ou a"]},
    "no normalisation": {"normalization_rule_name": "identity"},
    "folded": {"normalization_rule_name": "nmt_nfkc_cf"},
    "pieces across spaces": {"split_by_whitespace": False},
    "no space before a text": {"add_dummy_prefix": False},
}
OUT_OF_ORDER = ("stacked marks",)  # above and below in turn: composed, they are put in Unicode's order
SPELLED = ("special tokens",)  # "</s>" itself


@pytest.fixture(scope="module", params=list(KINDS))
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("vocabulary") / "vocab.spm"
    size = write_vocabulary(path, **KINDS[request.param])
    return Tokenizer.from_str(tokenizer_json(path, size)), sentencepiece.SentencePieceProcessor(str(path))


def catalogue() -> list[str]:
    kept = [text for name, text in HOSTILE.items() if name not in (*OUT_OF_ORDER, *SPELLED)]
    symbols = [
        "a __sep__ b",
        "__sep__",
        "x<br>y",
        "you are ou a",
        "  double  spaces ",
        "tab\there",
        "a\u00a0b",
        "\u2581x",
    ]
    return [*kept, *LINES, *symbols, *(unicodedata.normalize("NFD", line) for line in LINES), " ".join(LINES) * 20]


def test_ids_are_sentencepieces_own(pair: tuple[Tokenizer, sentencepiece.SentencePieceProcessor]) -> None:
    tokenizer, theirs = pair
    for text in catalogue():
        assert tokenizer.encode(text).ids == [*theirs.encode(text), 0], text[:80]


def test_decoding_is_sentencepieces_own(pair: tuple[Tokenizer, sentencepiece.SentencePieceProcessor]) -> None:
    tokenizer, theirs = pair
    for text in catalogue():
        ids = [index for index in theirs.encode(text) if index != theirs.unk_id()]
        assert tokenizer.decode(ids) == theirs.decode(ids), text[:80]


def test_every_letter_with_marks_is_kept(tmp_path: Path) -> None:
    """Decomposed letters have the pieces of composed ones; the library's own normaliser would drop their marks."""
    path = tmp_path / "vocab.spm"
    tokenizer = Tokenizer.from_str(tokenizer_json(path, write_vocabulary(path)))
    theirs = sentencepiece.SentencePieceProcessor(str(path))
    assert tokenizer.normalizer.normalize_str("e\u0302\u0301") == "▁ế"
    letters = [unicodedata.normalize("NFD", chr(code)) for code in range(0xC0, 0x2000)]
    for text in (f"a {letter} b" for letter in letters if len(letter) > 1):
        assert tokenizer.normalizer.normalize_str(text).replace(" ", "\u2581") == theirs.normalize(text)


@given(st.text(st.characters(exclude_categories=("Cs", "Mn", "Mc", "Me")), max_size=40))
@hypothesis_settings(max_examples=150, deadline=None)
def test_any_text_without_combining_marks(text: str) -> None:
    tokenizer, theirs = _shared()
    assert tokenizer.encode(text).ids == [*theirs.encode(text), 0]


_MADE: list[tuple[Tokenizer, sentencepiece.SentencePieceProcessor]] = []


def _shared() -> tuple[Tokenizer, sentencepiece.SentencePieceProcessor]:
    if not _MADE:
        from tempfile import TemporaryDirectory

        with TemporaryDirectory() as folder:
            path = Path(folder) / "vocab.spm"
            tokenizer = Tokenizer.from_str(tokenizer_json(path, write_vocabulary(path)))
            _MADE.append((tokenizer, sentencepiece.SentencePieceProcessor(model_proto=path.read_bytes())))
    return _MADE[0]


def test_end_and_padding_are_special(tmp_path: Path) -> None:
    path = tmp_path / "vocab.spm"
    size = write_vocabulary(path)
    tokenizer = Tokenizer.from_str(tokenizer_json(path, size))
    assert [tokenizer.token_to_id(token) for token in ("</s>", "<unk>", "<pad>")] == [0, 1, size]
    assert tokenizer.encode("How", "are").ids[-1] == 0
    assert tokenizer.decode([*tokenizer.encode("How are you").ids, size, size]) == "How are you"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model_type": "bpe"}, "not a unigram"),
        ({"eos_id": 2, "unk_id": 0, "bos_id": 1}, "</s> has the id 2"),
        ({"treat_whitespace_as_suffix": True}, "spaces behind words"),
        ({"remove_extra_whitespaces": False}, "keeps spaces in a row"),
        ({"pad_id": 2}, "<pad>"),
    ],
)
def test_kinds_that_are_not_read_are_named(tmp_path: Path, options: dict[str, object], message: str) -> None:
    path = tmp_path / "vocab.spm"
    size = write_vocabulary(path, **options)
    with pytest.raises(InvalidInput, match=message):
        tokenizer_json(path, size)


def test_a_vocabulary_of_another_model_is_told(tmp_path: Path) -> None:
    path = tmp_path / "vocab.spm"
    size = write_vocabulary(path)
    with pytest.raises(InvalidInput, match=f"has {size} pieces and the model 32000"):
        tokenizer_json(path, 32000)


def test_damaged_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "vocab.spm"
    size = write_vocabulary(path)
    content = path.read_bytes()
    draw = random.Random(0)
    for place in draw.sample(range(len(content)), 200):
        damaged = bytearray(content)
        damaged[place] ^= 1 << draw.randrange(8)
        path.write_bytes(bytes(damaged[: draw.randrange(len(content))] if place % 2 else damaged))
        try:
            tokenizer_json(path, size)
        except InvalidInput:
            continue
    path.write_bytes(b"\xff" * 100)
    with pytest.raises(InvalidInput, match="no SentencePiece model"):
        tokenizer_json(path, size)
    with pytest.raises(EnvironmentFault):
        tokenizer_json(tmp_path / "absent.spm", size)
