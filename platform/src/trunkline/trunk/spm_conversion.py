"""From a SentencePiece model and a vocabulary with ids of its own to the text of a tokenizer.json.

Marian and M2M100 cut a text into pieces with one file, and look the pieces up in another. So there are pieces of the
model that have no id, and ids whose pieces the model does not know: those of the other language. Of the first kind are
pieces behind the vocabulary that are marked special, which no text may produce: they are read as unknown. The second
kind has a space in front, which no spelt text holds, so that no text is cut there; but a run of unknown characters that
is just such a piece has its id, as in transformers' tokenizers. A text that spells a special token is cut as any other,
unless one of its characters is unknown: then the whole is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trunkline.errors import MissingExtra, TrunkError
from trunkline.trunk.files import read_object
from trunkline.trunk.languages import names_a_language
from trunkline.trunk.spelling import FOREIGN, HEAD, RUNS, SPACE, TAIL

SPECIAL = ("<s>", "</s>", "<unk>", "<pad>", "<mask>")
_NORMAL, _USER_DEFINED, _BYTE = 1, 4, 6  # of sentencepiece_model.proto
_UNLIKELY = -1e4  # the score of special pieces: a text that spells one is cut otherwise


def spm_tokenizer_json(
    spm: Path, vocabulary: Mapping[str, int], before: Sequence[str] = (), behind: Sequence[str] = ("</s>",)
) -> str:
    """Give the text of a tokenizer.json whose ids are the vocabulary's, with special tokens before and behind a text.

    Raises `TrunkError` for a file that is no SentencePiece model, or is of a kind that cannot be converted, and for a
    vocabulary without <unk> or with gaps; `MissingExtra` without sentencepiece.
    """
    from tokenizers import AddedToken, Tokenizer

    proto = _read(spm)
    check_vocabulary(vocabulary)
    pieces = {piece.piece: piece for piece in proto.pieces}
    own = {name: piece.score for name, piece in pieces.items() if piece.type in (_NORMAL, _USER_DEFINED, _BYTE)}
    special = [name for name in vocabulary if name in SPECIAL or names_a_language(name)]
    homeless = [name for name in own if name not in vocabulary]
    names = sorted(vocabulary, key=vocabulary.__getitem__)
    named = [name if name in own or name in special else FOREIGN + name for name in names] + homeless
    tokenizer = Tokenizer(_model(proto, named, own))
    tokenizer.normalizer = _normalizer(proto.normalizer_spec)
    _cut_and_joined(tokenizer, before, behind)
    symbols = [name for name, piece in pieces.items() if piece.type == _USER_DEFINED and name in vocabulary]
    tokenizer.add_tokens([AddedToken(name, normalized=False) for name in symbols])
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in special + homeless])
    return str(tokenizer.to_str())


def check_vocabulary(vocabulary: Mapping[str, int]) -> None:
    """Raise `TrunkError` where ids are not 0 to n - 1, or <unk> is not among the pieces."""
    if "<unk>" not in vocabulary:
        raise TrunkError("vocab.json has no <unk>: it belongs to another kind of tokenizer")
    if sorted(vocabulary.values()) != list(range(len(vocabulary))):
        raise TrunkError(f"vocab.json has {len(vocabulary)} pieces, whose ids are not 0 to {len(vocabulary) - 1}")


def read_vocabulary(path: Path) -> dict[str, int]:
    """Read a vocab.json. Raises `TrunkError`."""
    found = read_object(path)
    if not all(isinstance(number, int) for number in found.values()):
        raise TrunkError(f"{path} gives pieces ids that are no whole numbers")
    return found


def _read(path: Path) -> Any:
    try:
        from google.protobuf.message import DecodeError
        from sentencepiece import sentencepiece_model_pb2
    except ModuleNotFoundError as error:
        raise MissingExtra("converting a SentencePiece model needs: pip install sentencepiece protobuf") from error
    proto = sentencepiece_model_pb2.ModelProto()
    try:
        proto.ParseFromString(path.read_bytes())
    except (OSError, DecodeError) as error:
        raise TrunkError(f"{path} is no SentencePiece model: {error}") from error
    if proto.trainer_spec.model_type not in (1, 2):
        raise TrunkError(f"{path} is a SentencePiece model of words or characters; only unigram and BPE are converted")
    if proto.trainer_spec.treat_whitespace_as_suffix or not proto.normalizer_spec.escape_whitespaces:
        raise TrunkError(f"{path} writes white space in a way that is not supported (as a suffix, or unescaped)")
    return proto


def _model(proto: Any, names: Sequence[str], own: Mapping[str, float]) -> Any:
    """Make the model that cuts by the pieces of `own`; ids are places in `names`."""
    from tokenizers import models

    fallback = proto.trainer_spec.byte_fallback
    if proto.trainer_spec.model_type == 1:
        scored = [(name, own.get(name, 0.0 if name.startswith(FOREIGN) else _UNLIKELY)) for name in names]
        return models.Unigram(scored, names.index("<unk>"), fallback)
    ids = {name: number for number, name in enumerate(names)}
    unknown = names[ids["<unk>"]]
    return models.BPE(ids, _merges(list(own)), unk_token=unknown, fuse_unk=True, byte_fallback=fallback)


def _merges(names: Sequence[str]) -> list[tuple[str, str]]:
    """Give every pair of pieces that makes a piece, in the order of what it makes: SentencePiece's rule."""
    known = set(names)
    cuts = ((name[:place], name[place:]) for name in names for place in range(1, len(name)))
    return [cut for cut in cuts if cut[0] in known and cut[1] in known]


def _normalizer(spec: Any) -> Any:
    from tokenizers import Regex, normalizers

    steps: list[Any] = [normalizers.Precompiled(spec.precompiled_charsmap)] if spec.precompiled_charsmap else []
    if spec.remove_extra_whitespaces:
        steps += [normalizers.Replace(Regex(pattern), by) for pattern, by in ((HEAD, ""), (TAIL, ""), (RUNS, " "))]
    steps += [normalizers.Prepend(SPACE)] if spec.add_dummy_prefix else []
    return normalizers.Sequence([*steps, normalizers.Replace(" ", SPACE)])


def _cut_and_joined(tokenizer: Any, before: Sequence[str], behind: Sequence[str]) -> None:
    """Set what stands around a text, how it is cut into words, and how pieces become text again."""
    from tokenizers import decoders, pre_tokenizers, processors

    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never", split=True)
    steps = [decoders.Replace(FOREIGN, ""), decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence([*steps, decoders.Strip(" ", 1, 0)])
    around = [(name, tokenizer.token_to_id(name)) for name in dict.fromkeys([*before, *behind])]
    if lacking := [name for name, number in around if number is None]:
        raise TrunkError(f"vocab.json has no {lacking[0]}, which stands around every text")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=[*before, "$A", *behind], pair=[*before, "$A", "$B", *behind], special_tokens=around
    )


def marian_tokenizer_json(source: Path) -> str:
    """Convert a Marian tokenizer's source side: source.spm with vocab.json. Raises `TrunkError`."""
    return spm_tokenizer_json(source / "source.spm", read_vocabulary(source / "vocab.json"))


def m2m100_tokenizer_json(source: Path, settings: Mapping[str, Any]) -> str:
    """Convert M2M100's tokenizer: languages have the ids behind vocab.json's. Raises `TrunkError`."""
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

    kind = settings.get("language_codes", "m2m100")
    if kind not in FAIRSEQ_LANGUAGE_CODES:
        known = ", ".join(FAIRSEQ_LANGUAGE_CODES)
        raise TrunkError(f"tokenizer_config.json has language_codes {kind!r}: {known} are known")
    vocabulary = read_vocabulary(source / "vocab.json")
    codes = FAIRSEQ_LANGUAGE_CODES[kind]
    vocabulary |= {f"__{code}__": len(vocabulary) + place for place, code in enumerate(codes)}
    language = settings.get("src_lang") or "en"
    return spm_tokenizer_json(source / "sentencepiece.bpe.model", vocabulary, before=(f"__{language}__",))


def nllb_tokenizer_json(source: Path, settings: Mapping[str, Any]) -> str:
    """Convert NLLB's tokenizer: fairseq's four special tokens, the pieces, the languages, the mask."""
    from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

    spm = source / "sentencepiece.bpe.model"
    pieces = [piece.piece for piece in _read(spm).pieces][3:]  # behind SentencePiece's own <unk>, <s> and </s>
    names = ["<s>", "<pad>", "</s>", "<unk>", *pieces, *FAIRSEQ_LANGUAGE_CODES, "<mask>"]
    language = settings.get("src_lang") or "eng_Latn"
    return spm_tokenizer_json(spm, {name: number for number, name in enumerate(names)}, before=(language,))
