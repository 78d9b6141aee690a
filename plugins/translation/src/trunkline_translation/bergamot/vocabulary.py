"""A SentencePiece vocabulary as a fast tokenizer with the same ids, `</s>` behind each text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trunkline import EnvironmentFault, InvalidInput, MissingExtra

SPACE = "\u2581"
PADDING = "<pad>"
END = 0  # the id of </s> in all of Marian's vocabularies
MOST_BYTES = 64 * 2**20  # 32,000 pieces and a table of normalisation have 0.8 MB
MOST_SPACES = 1000  # that are taken off before a decoded text
UNIGRAM = 1  # of sentencepiece_model.proto's ModelType
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED = 1, 2, 3, 4, 5  # of its SentencePiece.Type


def tokenizer_json(path: Path, size: int) -> str:
    """Give the text of a tokenizer.json for the vocabulary of a model with `size` tokens.

    Its ids are SentencePiece's own; behind them comes one more, `<pad>`. Raises `InvalidInput` where the file is no
    SentencePiece model, does not fit the model, or is of a kind that the tokenizers library cannot be equal to.

    Two differences are left, which no text that was written to be read has: a combining mark out of Unicode's
    canonical order is put in order, and one behind a character that the normaliser replaces may be lost; a text that
    spells a control token (`</s>`) has it as one piece, which the trunk's tokenizer makes unknown.
    """
    proto = _proto(path)
    problems = list(_problems(proto, size))
    if problems:
        raise InvalidInput(f"{path}: {'; '.join(problems)}")
    try:
        return str(_tokenizer(proto, size).to_str())
    except InvalidInput:
        raise
    except Exception as error:  # the tokenizers library raises the bare class
        raise InvalidInput(f"{path} cannot be made a fast tokenizer ({error}); fetch the file again") from error


def _proto(path: Path) -> Any:
    try:
        from google.protobuf.message import DecodeError
        from sentencepiece import sentencepiece_model_pb2
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "reading a SentencePiece vocabulary needs sentencepiece and protobuf: pip install "
            "'trunkline-translation[torch]'"
        ) from error
    proto = sentencepiece_model_pb2.ModelProto()
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InvalidInput(f"{path} has {path.stat().st_size} bytes; vocabularies up to {MOST_BYTES} are read")
        proto.ParseFromString(path.read_bytes())
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be read: {error}") from error
    except DecodeError as error:
        raise InvalidInput(f"{path} is no SentencePiece model ({error}); fetch the file again") from error
    return proto


def _problems(proto: Any, size: int) -> Iterator[str]:
    if len(proto.pieces) != size:
        yield f"it has {len(proto.pieces)} pieces and the model {size}: they belong to different models"
        return
    yield from _unsupported(proto.trainer_spec, proto.normalizer_spec)
    yield from _misplaced(proto, size)
    kinds = {piece.type for piece in proto.pieces}
    if UNUSED in kinds or NORMAL not in kinds:
        yield "it has no pieces of text, or some that are marked as unused, which is not supported"
    names = {piece.piece for piece in proto.pieces}
    if len(names) != size or PADDING in names or "" in names:
        yield f"its pieces are not all different, or one is empty or {PADDING}"


def _unsupported(spec: Any, rules: Any) -> Iterator[str]:
    if spec.model_type != UNIGRAM:
        yield "its pieces are not a unigram model (trained with --model_type=unigram), the only kind that is read"
    if spec.treat_whitespace_as_suffix or not rules.escape_whitespaces:
        yield "it marks spaces behind words, which is not supported"
    if not rules.remove_extra_whitespaces:
        yield "it keeps spaces in a row (--remove_extra_whitespaces=false), which is not supported"


def _misplaced(proto: Any, size: int) -> Iterator[str]:
    end, unknown = proto.trainer_spec.eos_id, proto.trainer_spec.unk_id
    if end != END or proto.pieces[END].type != CONTROL:
        yield f"its </s> has the id {end}; Marian's own vocabularies have it at {END} (--eos_id={END})"
    if not 0 <= unknown < size or proto.pieces[unknown].type != UNKNOWN:
        yield f"it has no <unk> at {unknown}, where its settings say"


def _tokenizer(proto: Any, size: int) -> Any:
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors

    spec = proto.trainer_spec
    tokenizer = Tokenizer(models.Unigram(_scores(proto), spec.unk_id, spec.byte_fallback))
    tokenizer.normalizer = _normalizer(proto.normalizer_spec)
    across = any(SPACE in piece.piece[1:] for piece in proto.pieces if piece.piece.strip(SPACE))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(SPACE, "never", split=not across)
    tokenizer.decoder = _decoder()
    end, unknown = (proto.pieces[index].piece for index in (spec.eos_id, spec.unk_id))
    tokenizer.add_special_tokens([AddedToken(each, normalized=False) for each in (end, unknown, PADDING)])
    if tokenizer.token_to_id(PADDING) != size:
        raise InvalidInput(f"the vocabulary's ids do not end at {size - 1}")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {end}", pair=f"$A $B {end}", special_tokens=[(end, spec.eos_id)]
    )
    return tokenizer


def _scores(proto: Any) -> list[tuple[str, float]]:
    """Give each piece its score; one that the user defined has that with which SentencePiece always takes it.

    After `Model::EncodeOptimized` in SentencePiece's src/unigram_model.cc.
    """
    best = max(piece.score for piece in proto.pieces if piece.type == NORMAL)
    return [
        (piece.piece, len(piece.piece.encode()) * best - 0.1 if piece.type == USER_DEFINED else piece.score)
        for piece in proto.pieces
    ]


def _normalizer(rules: Any) -> Any:
    """Apply the model's own table, then take away spaces at both ends and in a row; other white space is the table's.

    The tokenizers library looks no further than the first character and one mark where a letter has several (as
    Vietnamese in decomposed form), and drops the rest; composed beforehand, nothing is left to drop.
    """
    from tokenizers import Regex, normalizers

    steps: list[Any] = []
    if rules.precompiled_charsmap:
        steps += [normalizers.NFC(), normalizers.Precompiled(rules.precompiled_charsmap)]
    steps += [normalizers.Replace(Regex(" {2,}"), " "), normalizers.Replace(Regex(r"\A +| +\z"), "")]
    if rules.add_dummy_prefix:
        steps.append(normalizers.Prepend(SPACE))
    return normalizers.Sequence(steps)


def _decoder() -> Any:
    from tokenizers import decoders

    return decoders.Sequence(
        [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", MOST_SPACES, 0)]
    )
