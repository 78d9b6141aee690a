"""The special tokens that a trunk wants around a text or a pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trunkline.errors import TrunkError


@dataclass(frozen=True, slots=True)
class Part:
    """Special tokens in a row."""

    ids: tuple[int, ...] = ()
    type_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands before, between and behind the sides of one input."""

    parts: tuple[Part, ...]  # (before, behind) for a text, (before, between, behind) for a pair
    type_ids: tuple[int, ...]  # of each side's own tokens

    @property
    def size(self) -> int:
        """The number of special tokens."""
        return sum(len(part.ids) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Template:
    """The frames of a text alone and of a pair."""

    single: Frame
    pair: Frame

    @classmethod
    def derive(cls, backend: Any) -> Template:
        """Read the template off what the tokenizer's own post-processor does to a probe.

        Raises `TrunkError` where it adds no leading special token: an empty text would have no state at all.
        """
        template = cls(_frame(backend.encode(_PROBE), 1), _frame(backend.encode(_PROBE, _PROBE), 2))
        for frame in (template.single, template.pair):
            if not frame.parts[0].ids:
                raise TrunkError(
                    "tokenizer.json adds no special token before a text: its post_processor is missing or is made for "
                    "another kind of model; save it from the encoder's own fast tokenizer"
                )
        return template

    def of(self, pair: bool) -> Frame:
        return self.pair if pair else self.single


_PROBE = "a"


def _frame(encoding: Any, sides: int) -> Frame:
    parts: list[list[tuple[int, int]]] = [[] for _ in range(sides + 1)]
    type_ids = [0] * sides
    seen = 0
    for token, type_id, side in zip(encoding.ids, encoding.type_ids, encoding.sequence_ids, strict=True):
        if side is None:
            parts[seen].append((token, type_id))
        else:
            seen = side + 1
            type_ids[side] = type_id
    if seen != sides:
        raise TrunkError(f"tokenizer.json gives no token for {_PROBE!r}: it is empty, or made for another purpose")
    return Frame(tuple(_part(part) for part in parts), tuple(type_ids))


def _part(tokens: list[tuple[int, int]]) -> Part:
    return Part(tuple(token for token, _ in tokens), tuple(type_id for _, type_id in tokens))
