"""What a Marian model computes, read off its settings: all that is supported, or a list of what is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trunkline import InvalidInput

ACTIVATIONS = {"relu": "relu", "swish": "silu"}  # Marian's name: transformers' name
MOST = {"dim-emb": 8192, "transformer-dim-ffn": 65536, "transformer-heads": 256, "enc-depth": 64, "dec-depth": 64}
ONLY: Mapping[str, tuple[Any, ...]] = {  # the values that are computed as here; a key that is absent has the first
    "type": ("transformer",),
    "transformer-decoder-autoreg": ("rnn",),
    "dec-cell": ("ssru",),
    "transformer-preprocess": ("",),
    "transformer-postprocess": ("dan", "an"),  # d: dropout, a: add, n: layer norm
    "transformer-postprocess-emb": ("d", ""),
    "transformer-postprocess-top": ("", "d"),
    "transformer-ffn-depth": (2,),
    "transformer-decoder-ffn-depth": (0, 2),  # 0: as the encoder's
    "transformer-no-projection": (False,),
    "transformer-rnn-projection": (False,),
    "transformer-no-bias": (False,),
    "transformer-no-affine": (False,),
    "transformer-pool": (False,),
    "transformer-train-position-embeddings": (False,),
    "transformer-tied-layers": ([], None),
    "input-types": ([], None),
    "lemma-dim-emb": (0,),
    "right-left": (False,),
    "ulr": (False,),
}
REQUIRED = ("type", "transformer-decoder-autoreg", "dec-cell", "transformer-preprocess", "transformer-postprocess")


@dataclass(frozen=True)
class Architecture:
    """Sizes of a transformer encoder, normalised after each block, and of a decoder of SSRU and cross-attention."""

    width: int
    heads: int
    ffn: int
    decoder_ffn: int
    encoder_layers: int
    decoder_layers: int
    vocabulary: int  # source tokens
    target_vocabulary: int
    activation: str  # as transformers calls it
    one_embedding: bool  # source, target and output share a table
    tied_output: bool  # target and output share a table
    output_bias: bool

    @classmethod
    def of(cls, settings: Mapping[str, Any], where: object) -> Architecture:
        """Read settings. Raises `InvalidInput` that names all that is not supported, with what would be."""
        problems = [*_missing(settings), *_unsupported(settings), *_out_of_range(settings), *_misfits(settings)]
        if problems:
            raise InvalidInput(
                f"{where} is a Marian model of an architecture that cannot be read: {'; '.join(problems)}. Models "
                "whose encoder is a transformer and whose decoder is an SSRU (Firefox's tiny and base) can"
            )
        source, target = settings["dim-vocabs"]
        together = bool(settings.get("tied-embeddings-all"))
        return cls(
            width=settings["dim-emb"],
            heads=settings["transformer-heads"],
            ffn=settings["transformer-dim-ffn"],
            decoder_ffn=settings.get("transformer-decoder-dim-ffn") or settings["transformer-dim-ffn"],
            encoder_layers=settings["enc-depth"],
            decoder_layers=settings["dec-depth"],
            vocabulary=source,
            target_vocabulary=target,
            activation=ACTIVATIONS[settings.get("transformer-ffn-activation", "relu")],
            one_embedding=together or bool(settings.get("tied-embeddings-src")),
            tied_output=together or bool(settings.get("tied-embeddings")),
            output_bias=not settings.get("output-omit-bias"),
        )


def _missing(settings: Mapping[str, Any]) -> Iterator[str]:
    for key in REQUIRED:
        if key not in settings:
            yield f"{key} is not stated"


def _unsupported(settings: Mapping[str, Any]) -> Iterator[str]:
    for key, allowed in ONLY.items():
        value = settings.get(key, allowed[0])
        if not any(type(value) is type(known) and value == known for known in allowed):
            known = " or ".join(repr(each) for each in allowed if each is not None)
            yield f"{key} is {_shown(value)} (supported: {known})"
    activation = settings.get("transformer-ffn-activation", "relu")
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        yield f"transformer-ffn-activation is {_shown(activation)} (supported: {' or '.join(ACTIVATIONS)})"


def _out_of_range(settings: Mapping[str, Any]) -> Iterator[str]:
    for key, most in MOST.items():
        if not _is_count(settings.get(key), most):
            yield f"{key} is {_shown(settings.get(key))} (supported: 1 to {most})"
    own = settings.get("transformer-decoder-dim-ffn", 0)
    if own != 0 and not _is_count(own, MOST["transformer-dim-ffn"]):
        yield f"transformer-decoder-dim-ffn is {_shown(own)} (supported: 0 to {MOST['transformer-dim-ffn']})"
    sizes = settings.get("dim-vocabs")
    if not (isinstance(sizes, list) and len(sizes) == 2 and all(_is_count(size, 2**22) for size in sizes)):
        yield f"dim-vocabs is {_shown(sizes)} (supported: one source and one target vocabulary)"


def _misfits(settings: Mapping[str, Any]) -> Iterator[str]:
    width, heads = settings.get("dim-emb", 0), settings.get("transformer-heads", 0)
    if _is_count(width, MOST["dim-emb"]) and _is_count(heads, MOST["transformer-heads"]) and width % (2 * heads):
        yield f"dim-emb {width} does not part into {heads} heads of an even width"
    sizes = settings.get("dim-vocabs")
    shared = settings.get("tied-embeddings-all") or settings.get("tied-embeddings-src")
    if shared and isinstance(sizes, list) and len(sizes) == 2 and sizes[0] != sizes[1]:
        yield f"its one table of embeddings is for vocabularies of two sizes, {_shown(sizes)}"


def _is_count(value: object, most: int) -> bool:
    return type(value) is int and 1 <= value <= most


def _shown(value: object) -> str:
    return repr(value)[:60]
