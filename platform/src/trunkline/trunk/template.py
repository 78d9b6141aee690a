"""The special tokens that a trunk wants around a text or a pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from trunkline.errors import InvalidInput, TrunkError
from trunkline.trunk.languages import languages


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
    """The frames of a text alone and of a pair, and the tokens that tell a language in them."""

    single: Frame
    pair: Frame
    languages: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def derive(cls, backend: Any) -> Template:
        """Read the template off what the tokenizer's own post-processor does to a probe.

        Raises `TrunkError` where it adds no special token: an empty text would have no state at all.
        """
        single, pair = _frame(backend.encode(_PROBE), 1), _frame(backend.encode(_PROBE, _PROBE), 2)
        for frame in (single, pair):
            if not (frame.parts[0].ids or frame.parts[-1].ids):
                raise TrunkError(
                    "tokenizer.json adds no special token to a text: its post_processor is missing or is made for "
                    "another kind of model; save it from the encoder's own fast tokenizer"
                )
        return cls(single, pair, languages(backend, [token for part in single.parts for token in part.ids]))

    def of(self, pair: bool, language: str = "") -> Frame:
        """Give a frame, with the token of a language in it. Raises `InvalidInput` for one that the trunk has not."""
        frame = self.pair if pair else self.single
        return _told(frame, frozenset(self.languages.values()), self.token(language)) if language else frame

    def token(self, language: str) -> int:
        """Give the id of a language's token. Raises `InvalidInput` for a language that the trunk has not."""
        if language in self.languages:
            return self.languages[language]
        if not self.languages:
            raise InvalidInput(f"language {language!r}: the trunk is not told the language of a text; leave it out")
        some = ", ".join(list(self.languages)[:SHOWN])
        more = f" and {len(self.languages) - SHOWN} more" if len(self.languages) > SHOWN else ""
        raise InvalidInput(f"language {language!r} is none of the trunk's: it has {some}{more}")


SHOWN = 8
"""Languages that a refusal names."""
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


@lru_cache(maxsize=512)
def _told(frame: Frame, known: frozenset[int], token: int) -> Frame:
    """Put a language's token in the place of the one that stands there, or before everything."""
    if any(index in known for part in frame.parts for index in part.ids):
        return replace(frame, parts=tuple(_replaced(part, known, token) for part in frame.parts))
    first = frame.parts[0]
    return replace(frame, parts=(Part((token, *first.ids), (0, *first.type_ids)), *frame.parts[1:]))


def _replaced(part: Part, known: frozenset[int], token: int) -> Part:
    return Part(tuple(token if index in known else index for index in part.ids), part.type_ids)


def _part(tokens: list[tuple[int, int]]) -> Part:
    return Part(tuple(token for token, _ in tokens), tuple(type_id for _, type_id in tokens))
