"""The table of characters by which a SentencePiece model normalises text: the longest match at each place.

The `tokenizers` library has it too (`Precompiled`), but matches whole grapheme clusters: marks behind a composed letter
are lost there, and decomposed Hangul stays so. This one gives what SentencePiece gives. The format is a double array
over UTF-8 (darts-clone), whose values are places in a blob of strings that end in NUL.
"""

from __future__ import annotations

import struct

from trunkline.errors import TrunkError

_LABEL, _VALUE = 0x8000_00FF, 0x7FFF_FFFF


class Charsmap:
    """One table; only read, but for what it remembers of single characters."""

    def __init__(self, blob: bytes) -> None:
        """Take the bytes of `precompiled_charsmap`. Raises `TrunkError` where they are cut off."""
        size = int.from_bytes(blob[:4], "little")
        if not size or size % 4 or len(blob) < 4 + size:
            raise TrunkError(f"the tokenizer's table of characters is damaged: {len(blob)} bytes, {size} for its tree")
        self._units = struct.unpack_from(f"<{size // 4}I", blob, 4)
        self._strings = blob[4 + size :]
        self._alone: dict[str, tuple[str, bool]] = {}

    def match(self, text: str, start: int) -> tuple[str, int]:
        """Give what stands for the longest known beginning of `text` at `start`, and its length; else the character."""
        first = text[start]
        known = self._alone.get(first)
        if known is None:
            known = self._alone[first] = self._learn(first)
        return self._longest(text, start) if known[1] else (known[0], 1)

    def _learn(self, sign: str) -> tuple[str, bool]:
        """Give what stands for a character alone, and whether longer matches begin with it."""
        node = self._walk(_offset(self._units[0]), sign)
        if node is None:
            return sign, False
        own = self._value(node)
        place = node ^ _offset(self._units[node])
        longer = any(self._child(place, label) is not None for label in range(1, 256))
        return (sign if own is None else own), longer

    def _longest(self, text: str, start: int) -> tuple[str, int]:
        best = (text[start], 1)
        place = _offset(self._units[0])
        for end in range(start, len(text)):
            node = self._walk(place, text[end])
            if node is None:
                break
            value = self._value(node)
            if value is not None:
                best = (value, end + 1 - start)
            place = node ^ _offset(self._units[node])
        return best

    def _walk(self, place: int, sign: str) -> int | None:
        """Go on by a character's bytes from the children at `place`; gives the node."""
        node: int | None = None
        for label in sign.encode():
            if node is not None:
                place = node ^ _offset(self._units[node])
            node = self._child(place, label)
            if node is None:
                return None
        return node

    def _child(self, place: int, label: int) -> int | None:
        node = place ^ label
        return node if label and node < len(self._units) and self._units[node] & _LABEL == label else None

    def _value(self, node: int) -> str | None:
        unit = self._units[node]
        if not unit >> 8 & 1:
            return None
        begin = self._units[node ^ _offset(unit)] & _VALUE
        return self._strings[begin : self._strings.index(b"\0", begin)].decode()


def _offset(unit: int) -> int:
    return unit >> 10 << ((unit & 1 << 9) >> 6)
