"""Vectors that count words, for tests of what is done with vectors: what shares words is near."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from trunkline_qa.knowledge.terms import indexed

DIMENSION = 256


def words_of(text: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Count the words of a text in a vector (DIMENSION,), each at a place of its own, but for chance."""
    vector = np.zeros(DIMENSION, np.float32)
    for word in indexed(text).split():
        vector[zlib.crc32(word.encode()) % DIMENSION] += 1
    return vector
