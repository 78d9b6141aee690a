"""SentencePiece's table of replacements in its compiled form: a double-array trie and the texts it leads to.

The form is Darts-clone's. A unit of 32 bits holds its label (bits 0 to 7), whether a key ends here (bit 8) and the
offset to its children (from bit 10); a child stands at `position ^ offset ^ label`. The leaf of a key is the child of
label 0: bit 31, and the place of its text.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

_LEAF = 1 << 31
_MOST_OFFSET = 1 << 21
_PAGE = 256  # labels differ in their last byte alone, so a node's children stand in one page


def charsmap(replacements: Mapping[str, str]) -> bytes:
    """Compile replacements of single signs (no NUL among them), as the normaliser `Precompiled` takes them."""
    places: dict[str, int] = {}
    texts = bytearray()
    for text in replacements.values():
        if text not in places:
            places[text] = len(texts)
            texts += text.encode() + b"\0"
    units = _double_array({key.encode(): places[text] for key, text in replacements.items()})
    return struct.pack("<I", 4 * len(units)) + struct.pack(f"<{len(units)}I", *units) + bytes(texts)


def _double_array(words: Mapping[bytes, int]) -> list[int]:
    units = [0] * _PAGE
    free = bytearray([1]) * _PAGE
    free[0] = 0  # the root
    bases: set[int] = set()
    lowest = 1
    waiting: deque[tuple[int, dict[int, Any]]] = deque([(0, _trie(words))])
    while waiting:
        position, node = waiting.popleft()
        while lowest < len(free) and not free[lowest]:
            lowest += 1
        base = _room(sorted(node), free, bases, lowest)
        while len(units) <= base | (_PAGE - 1):
            units += [0] * _PAGE
            free += bytearray([1]) * _PAGE
        bases.add(base)
        units[position] |= _link(position ^ base, ends=0 in node)
        for label, child in node.items():
            free[base ^ label] = 0
            if label:
                units[base ^ label] = label
                waiting.append((base ^ label, child))
            else:
                units[base] = _LEAF | child
    return units


def _link(offset: int, ends: bool) -> int:
    if offset >= _MOST_OFFSET:
        raise ValueError(f"a trie of over {_MOST_OFFSET} units")
    return offset << 10 | int(ends) << 8


def _trie(words: Mapping[bytes, int]) -> dict[int, Any]:
    root: dict[int, Any] = {}
    for word, value in words.items():
        node = root
        for byte in word:
            node = node.setdefault(byte, {})
        node[0] = value
    return root


def _room(labels: list[int], free: bytearray, bases: set[int], lowest: int) -> int:
    """Find a base that no node has, at which all children find a free unit; units beyond the end are free."""
    return next(
        base
        for base in _candidates(labels[0], free, lowest)
        if base not in bases and all(base ^ label >= len(free) or free[base ^ label] for label in labels)
    )


def _candidates(label: int, free: bytearray, lowest: int) -> Iterator[int]:
    return (place ^ label for place in count(lowest) if place >= len(free) or free[place])
