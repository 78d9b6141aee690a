"""Marian's binary model format, version 1: names, shapes and bytes of tensors, checked against the file's size.

Little-endian: version, number of items (64 bits each); per item the lengths of its name, its type, the number of its
dimensions and the length of its data (64 bits each); all names, each with a NUL; all shapes (32 bits a number); the
number of bytes to the next multiple of 256, these bytes; all data. After `src/common/binary.cpp` of Marian.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trunkline import EnvironmentFault, InvalidInput
from trunkline_translation.bergamot.matrices import Item
from trunkline_translation.bergamot.settings import read_settings

VERSION = 1
SETTINGS = "special:model.yml"
MOST_DIMENSIONS = 8
MOST_TENSORS = 100_000  # a model of 6 + 2 layers has 195
MOST_BYTES = 4 * 2**30
_GZIP, _ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True)
class Binary:
    """A model's file: its tensors, in float32 when they are asked for, and the settings it was trained with."""

    path: Path
    items: Mapping[str, Item]

    def tensor(self, name: str) -> NDArray[np.float32]:
        """Give a tensor in the shape and orientation of Marian's own name for it.

        Raises `InvalidInput` where it is absent, of a type that is not supported, or not finite.
        """
        if name not in self.items:
            raise InvalidInput(f"{self.path} has no tensor {name}, which its architecture asks for")
        return self.items[name].values(self.path)

    def settings(self) -> dict[str, Any]:
        """Give the embedded settings (`special:model.yml`). Raises `InvalidInput`."""
        if SETTINGS not in self.items:
            raise InvalidInput(f"{self.path} does not hold {SETTINGS}, so its architecture is unknown")
        return read_settings(bytes(self.items[SETTINGS].data), self.path)


def read_binary(path: Path) -> Binary:
    """Read a model's file.

    Raises `InvalidInput` where the file is no such model, cut off or inconsistent: every length is held against what
    is left of the file before anything is made of it. Raises `EnvironmentFault` where the file cannot be read.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise InvalidInput(f"{path} has {size} bytes; models up to {MOST_BYTES} are read")
        content = path.read_bytes()
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be read: {error}") from error
    return Binary(path, _items(_Reader(path, memoryview(content))))


@dataclass
class _Reader:
    path: Path
    content: memoryview
    position: int = 0

    def take(self, size: int, what: str) -> memoryview:
        left = len(self.content) - self.position
        if size > left:
            raise self.damaged(f"{what} should have {size} bytes and {left} are left")
        part = self.content[self.position : self.position + size]
        self.position += size
        return part

    def numbers(self, form: str, count: int, what: str) -> tuple[int, ...]:
        part = self.take(count * struct.calcsize(form), what)
        return tuple(value for (value,) in struct.iter_unpack(f"<{form}", part))

    def damaged(self, why: str) -> InvalidInput:
        return InvalidInput(f"{self.path} is no whole Marian model: {why}; fetch the file again")


def _items(reader: _Reader) -> dict[str, Item]:
    headers = _headers(reader)
    names = [_name(reader, size) for size, _, _, _ in headers]
    shapes = [_shape(reader, name, count) for name, (_, _, count, _) in zip(names, headers, strict=True)]
    (padding,) = reader.numbers("Q", 1, "the padding's length")
    reader.take(padding, "the padding")
    items: dict[str, Item] = {}
    for name, shape, (_, kind, _, size) in zip(names, shapes, headers, strict=True):
        if name in items:
            raise reader.damaged(f"it holds {name} twice")
        items[name] = Item(name, kind, shape, reader.take(size, f"the data of {name}"))
    if reader.position != len(reader.content):
        raise reader.damaged(f"{len(reader.content) - reader.position} bytes follow its last tensor")
    return items


def _headers(reader: _Reader) -> list[tuple[int, ...]]:
    opening = bytes(reader.content[:8])
    if opening.startswith((_GZIP, _ZSTANDARD)):
        raise InvalidInput(f"{reader.path} is compressed: unpack it first (gunzip, unzstd)")
    version, count = reader.numbers("Q", 2, "the header")
    if version != VERSION:
        raise InvalidInput(
            f"{reader.path} is no binary Marian model: it opens with {opening.hex()}, not with version {VERSION}; "
            "other formats are made into this one by Marian's own marian-conv"
        )
    if count > MOST_TENSORS:
        raise reader.damaged(f"it should hold {count} tensors; up to {MOST_TENSORS} are read")
    table = reader.take(count * 32, f"the table of {count} tensors")
    return list(struct.iter_unpack("<4Q", table))


def _name(reader: _Reader, size: int) -> str:
    raw = bytes(reader.take(size, "a tensor's name"))
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        name = ""
    if len(name) < 2 or name.find("\0") != len(name) - 1 or not name[:-1].isprintable():
        raise reader.damaged(f"a tensor is named {raw[:40]!r}")
    return name[:-1]


def _shape(reader: _Reader, name: str, count: int) -> tuple[int, ...]:
    if not 1 <= count <= MOST_DIMENSIONS:
        raise reader.damaged(f"{name} has {count} dimensions")
    shape = reader.numbers("i", count, f"the shape of {name}")
    if min(shape) < 1:
        raise reader.damaged(f"{name} has the shape {shape}")
    return shape
