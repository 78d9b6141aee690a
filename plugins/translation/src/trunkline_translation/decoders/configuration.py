"""What describes a decoder: the JSON in a version's head_config, checked value by value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from trunkline import InvalidInput

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, lt=1)]
TokenId = Annotated[int, Field(ge=0)]
Activation = Literal["relu", "gelu", "gelu_new", "silu"]
Positions = Literal["none", "sinusoidal", "tensor2tensor", "learned"]
NO_TOKEN = -1
"""As `tokens.start`: the first input is no token but an embedding of zeros, as in Marian."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Tokens(_Strict):
    """The ids that a search needs to know; all of them are of the decoder's vocabulary."""

    start: Annotated[int, Field(ge=NO_TOKEN)]
    eos: TokenId
    pad: TokenId
    bos: TokenId | None = None
    forced_bos: TokenId | None = None
    """Always the first token of an answer."""
    forced_eos: TokenId | None = None
    """The last token of an answer that reaches the longest length."""
    forbidden: list[TokenId] = []
    """Never part of an answer, such as Marian's padding."""


class _Common(_Strict):
    vocabulary: Count
    layers: Count
    heads: Count
    feed_forward: Count
    activation: Activation
    norm_epsilon: Annotated[float, Field(gt=0)] = 1e-5
    dropout: Share = 0.0
    attention_dropout: Share = 0.0
    activation_dropout: Share = 0.0
    tied: bool = True
    """The output projection is the embedding itself."""
    output_bias: bool = False
    tokens: Tokens

    def head_width_in(self, width: int) -> int:
        if width % self.heads:
            raise InvalidInput(f"decoder: width {width} is no multiple of its {self.heads} heads")
        return width // self.heads


class _Positioned(_Common):
    norm: Literal["pre", "post"]
    positions: Positions
    """`sinusoidal` as transformers' Marian, `tensor2tensor` as M2M100 and marian-dev, whose frequencies differ."""
    position_offset: Annotated[int, Field(ge=0)] = 0
    """The row of the table that belongs to the first token."""
    max_positions: Count
    """Target tokens that a learned table has room for; sinusoids go on beyond it."""
    embedding_scale: float = 1.0
    embedding_norm: bool = False
    final_norm: bool = False


class TransformerConfig(_Positioned):
    """BART and its relatives: Marian, M2M100 and NLLB, mBART."""

    kind: Literal["transformer"]


class SSRUConfig(_Positioned):
    """Marian's decoder with SSRU cells in the place of self-attention (Kim et al. 2019, WNGT)."""

    kind: Literal["ssru"]


class T5Config(_Common):
    """T5: root-mean-square norms before each part, relative positions, no biases."""

    kind: Literal["t5"]
    head_width: Count
    gated: bool
    buckets: Annotated[int, Field(ge=4)]
    max_distance: Count
    scale_output: bool
    """Whether states are scaled by width ** -0.5 before the output projection."""

    def head_width_in(self, width: int) -> int:
        return self.head_width


DecoderConfig = TransformerConfig | SSRUConfig | T5Config
_ADAPTER: TypeAdapter[DecoderConfig] = TypeAdapter(Annotated[DecoderConfig, Field(discriminator="kind")])


def configuration(config: Mapping[str, Any], width: int) -> DecoderConfig:
    """Check a decoder's JSON against itself and the trunk's width. Raises `InvalidInput`."""
    try:
        checked = _ADAPTER.validate_python(dict(config))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "kind"
        raise InvalidInput(f"decoder configuration, {place}: {first['msg']}, not {first['input']!r:.80}") from error
    checked.head_width_in(width)
    _check_tokens(checked)
    return checked


def _check_tokens(config: DecoderConfig) -> None:
    tokens = config.tokens
    given = {**tokens.model_dump(exclude={"forbidden"}), **{f"forbidden {index}": index for index in tokens.forbidden}}
    for name, index in given.items():
        if index is not None and index >= config.vocabulary:
            raise InvalidInput(f"decoder: token {name} is {index}, but the vocabulary ends at {config.vocabulary - 1}")
