"""Ids of what was converted equal transformers' own slow tokenizers', whatever the text."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest

from texts import HOSTILE
from translators import awkward_texts, spm_bytes, spm_pieces, write_marian_tokenizer
from trunkline.errors import InvalidInput, TrunkError
from trunkline.testing.texts import HOSTILE_TEXTS
from trunkline.trunk.conversion import spm_tokenizer_json, tokenizer_json, with_language_in_front
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.trunk.windows import cut

CATALOGUE = [text for text in (*HOSTILE.values(), *HOSTILE_TEXTS.values()) if len(text) < 100_000]


def whole(tokenizer: Tokenizer, text: str, language: str = "") -> list[int]:
    [window] = cut(tokenizer.encode([EncoderInput(text, language=language)])[0], tokenizer)
    return window.ids.tolist()


def theirs(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, split_special_tokens=True)["input_ids"])


def marian(folder: Path) -> Any:
    from transformers import MarianTokenizer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sacremoses is recommended, and not used
        names = ("source.spm", "target.spm", "vocab.json")
        return MarianTokenizer(*(str(folder / name) for name in names), model_max_length=10**7)


@pytest.fixture(scope="module", params=["unigram", "bpe"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Tokenizer, Any, Path]:
    folder = tmp_path_factory.mktemp("marian")
    write_marian_tokenizer(folder, request.param)
    text = tokenizer_json(folder, {"model_type": "marian"})
    return Tokenizer.from_json(text, 0, 10**7), marian(folder), folder


def test_marian_ids_equal_transformers_own(pair: tuple[Tokenizer, Any, Path]) -> None:
    """Pieces without an id, runs of unknown characters that are a piece of the other language, marks behind marks."""
    ours, slow, _ = pair
    for text in (*CATALOGUE, *awkward_texts(), "Ada met \u5317\u4eac \u00e9 \u5317\u4eac\u5929"):
        assert whole(ours, text) == theirs(slow, text), repr(text)
    vocabulary = json.loads((pair[2] / "vocab.json").read_text())
    assert max(ours.ids()) < len(vocabulary)


def test_offsets_lie_in_the_text_and_spell_it(pair: tuple[Tokenizer, Any, Path]) -> None:
    ours, _, _ = pair
    for text in (*CATALOGUE, *awkward_texts(300)):
        encoded = ours.encode([EncoderInput(text)])[0]
        last = 0
        for start, end in encoded.offsets.tolist():
            assert last <= start <= end <= len(text)
            assert text[start:end] == text[start:end].strip()
            last = start
    encoded = ours.encode([EncoderInput("  Ada   met, Charles ")])[0]
    starts = encoded.offsets[encoded.word_starts, 0].tolist()
    assert starts == [2, 8, 11, 13]
    assert ours.count(["  Ada   met, Charles "]) == [len(encoded) + 1]


def test_the_target_side_turns_ids_into_text_again(pair: tuple[Tokenizer, Any, Path]) -> None:
    _, slow, folder = pair
    vocabulary = json.loads((folder / "vocab.json").read_text())
    target = Tokenizer.from_json(spm_tokenizer_json(folder / "target.spm", vocabulary), 0, 512)
    for text in ("ein Auftrag f\u00fcr Ada", "\u6211\u7231\u5317\u4eac", "und nicht  das"):
        ids = slow(text_target=text)["input_ids"]
        assert whole(target, text) == ids
        assert target.backend.decode(ids) == slow.decode(ids, skip_special_tokens=True)
    strange = [vocabulary[name] for name in ("\u2581met", "\u2581the") if name in vocabulary]
    assert target.backend.decode(strange) == slow.decode(strange)


def test_a_marian_of_several_targets_is_told_which(pair: tuple[Tokenizer, Any, Path]) -> None:
    ours, slow, _ = pair
    assert list(ours.languages) == ["deu", "fra"]
    assert whole(ours, "Ada met Charles", "fra") == theirs(slow, ">>fra<< Ada met Charles")
    with pytest.raises(InvalidInput, match="'xx' is none of the trunk's: it has deu, fra"):
        ours.encode([EncoderInput("x", language="xx")])


def test_m2m100_ids_equal_transformers_own(tmp_path: Path) -> None:
    from transformers import M2M100Tokenizer

    content = spm_bytes(kind="bpe")
    (tmp_path / "sentencepiece.bpe.model").write_bytes(content)
    names = ["<s>", "<pad>", "</s>", "<unk>", *spm_pieces(content)[:-4], "\u00e9\u5929"]
    (tmp_path / "vocab.json").write_text(json.dumps({name: number for number, name in enumerate(names)}))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "M2M100Tokenizer"}))
    slow = M2M100Tokenizer.from_pretrained(tmp_path, model_max_length=10**7)
    ours = Tokenizer.from_json(tokenizer_json(tmp_path, {"model_type": "m2m_100"}), 1, 10**7)
    assert (len(ours.languages), ours.languages["fr"]) == (100, slow.get_lang_id("fr"))
    for text in (*CATALOGUE, *awkward_texts(300)):
        for language in ("", "fr"):
            slow.src_lang = language or "en"
            assert whole(ours, text, language) == theirs(slow, text), repr(text)
    with pytest.raises(InvalidInput, match=r"it has af, am, ar, .* and 92 more"):
        whole(ours, "x", "english")


def test_nllb_of_a_sentencepiece_model_alone_has_fairseqs_ids(tmp_path: Path) -> None:
    import sentencepiece

    content = spm_bytes(kind="bpe")
    (tmp_path / "sentencepiece.bpe.model").write_bytes(content)
    ours = Tokenizer.from_json(tokenizer_json(tmp_path, {"model_type": "m2m_100"}), 1, 10**7)
    model = sentencepiece.SentencePieceProcessor(model_proto=content)
    assert len(ours.languages) == 202
    assert ours.languages["ace_Arab"] == model.get_piece_size() + 1
    for text in CATALOGUE:
        expected = [number + 1 if number else 3 for number in model.encode(text)]  # fairseq's <pad> stands before
        assert whole(ours, text, "fra_Latn") == [ours.languages["fra_Latn"], *expected, 2], repr(text)


@pytest.mark.parametrize("name", ["NllbTokenizer", "MBart50Tokenizer", "MBartTokenizer", "T5Tokenizer"])
def test_what_transformers_converts_has_its_ids_and_languages(name: str, tmp_path: Path) -> None:
    import transformers
    from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

    folder, made = tmp_path / "spm", getattr(transformers, name)
    folder.mkdir()
    model, file = (
        ("bpe", "sentencepiece.bpe.model") if name == "NllbTokenizer" else ("unigram", "sentencepiece.bpe.model")
    )
    (folder / ("spiece.model" if name == "T5Tokenizer" else file)).write_bytes(spm_bytes(kind=model))
    more = {"extra_special_tokens": FAIRSEQ_LANGUAGE_CODES} if name == "NllbTokenizer" else {}
    fast = made.from_pretrained(folder, **more)
    fast.save_pretrained(tmp_path / "saved")
    ours = Tokenizer.from_json(tokenizer_json(tmp_path / "saved", {"model_type": "x"}), 1, 10**7)
    foreign = {"NllbTokenizer": "deu_Latn", "T5Tokenizer": ""}.get(name, "de_DE")
    assert foreign in ours.languages or not foreign
    for language in dict.fromkeys(["", foreign]):
        if language:
            fast.src_lang = language
        for text in CATALOGUE:
            if not any(token in text for token in ("<s>", "</s>", "<unk>", "<pad>", "<mask>")):
                assert whole(ours, text, language) == theirs(fast, text), repr(text)


def test_nllb_files_of_old_get_the_language_in_front() -> None:
    parts = [{"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "</s>"}}, {"SpecialToken": {"id": "eng_Latn"}}]
    old = {"post_processor": {"type": "TemplateProcessing", "single": parts, "pair": parts}}
    new = with_language_in_front(old, {"tokenizer_class": "NllbTokenizerFast"})["post_processor"]
    assert new["single"] == [parts[2], parts[0], parts[1]]
    assert with_language_in_front(old, {"tokenizer_class": "NllbTokenizer", "legacy_behaviour": True}) == old
    assert with_language_in_front(old, {}) == old


def test_pieces_of_a_users_own_stay_whole(tmp_path: Path) -> None:
    import sentencepiece

    content = spm_bytes(symbols="@@KEEP\uff21@@,<b>")
    (tmp_path / "m").write_bytes(content)
    names = ["<unk>", "<s>", "</s>", *spm_pieces(content)]
    ours = Tokenizer.from_json(
        spm_tokenizer_json(tmp_path / "m", {name: number for number, name in enumerate(names)}), 0, 512
    )
    model = sentencepiece.SentencePieceProcessor(model_proto=content)
    for text in ("Ada @@KEEP\uff21@@ met<b>Charles", "<b>", "a <b> b"):
        assert ours.encode([EncoderInput(text)])[0].ids.tolist() == model.encode(text)


@pytest.mark.parametrize("rule", ["identity", "nfkc_cf"])
def test_other_rules_of_normalisation(rule: str, tmp_path: Path) -> None:
    import sentencepiece

    content = spm_bytes(rule=rule)
    (tmp_path / "m").write_bytes(content)
    names = ["<unk>", "<s>", "</s>", *spm_pieces(content)]
    ours = Tokenizer.from_json(
        spm_tokenizer_json(tmp_path / "m", {name: number for number, name in enumerate(names)}), 0, 10**7
    )
    model = sentencepiece.SentencePieceProcessor(model_proto=content)
    for text in (*CATALOGUE, *awkward_texts(300)):
        assert ours.encode([EncoderInput(text)])[0].ids.tolist() == model.encode(text), repr(text)


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        ({"</s>": 0, "a": 1}, "has no <unk>"),
        ({"</s>": 0, "<unk>": 2}, "ids are not 0 to 1"),
        ({"<unk>": 0, "a": 1}, "has no </s>, which stands around"),
    ],
)
def test_vocabularies_that_do_not_fit(vocabulary: dict[str, int], message: str, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(spm_bytes())
    with pytest.raises(TrunkError, match=message):
        spm_tokenizer_json(tmp_path / "m", vocabulary)


@pytest.mark.parametrize("content", [b"no model", spm_bytes(kind="char")])
def test_files_that_cannot_be_converted(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(content)
    with pytest.raises(TrunkError, match="SentencePiece model"):
        spm_tokenizer_json(tmp_path / "m", {"<unk>": 0, "</s>": 1})


def test_a_vocabulary_that_is_none(tmp_path: Path) -> None:
    write_marian_tokenizer(tmp_path)
    (tmp_path / "vocab.json").write_text('{"<unk>": "x"}')
    with pytest.raises(TrunkError, match="no whole numbers"):
        tokenizer_json(tmp_path, {"model_type": "marian"})
    shutil.rmtree(tmp_path)
