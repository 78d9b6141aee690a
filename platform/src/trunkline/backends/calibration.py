"""The texts on which a piece is quantized: they show how far its numbers reach."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from trunkline.errors import InvalidInput
from trunkline.trunk.batch import TokenBatch
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.tokenizer import Tokenizer
from trunkline.trunk.windows import cut, pad

FEWEST, MOST, SEED = 32, 300, 0
"""NNCF takes 300 by default; from few texts the ranges come out too narrow."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Distinct inputs, in the order in which they are run."""

    inputs: tuple[EncoderInput, ...]

    @classmethod
    def sample(cls, inputs: Iterable[EncoderInput], source: str) -> Self:
        """Draw at most `MOST` of the distinct inputs, the same of the same every time.

        Raises `InvalidInput`, with the name of their `source`, where they are fewer than `FEWEST`.
        """
        distinct = list(dict.fromkeys(inputs))
        if len(distinct) < FEWEST:
            raise InvalidInput(
                f"{source}: calibration data too small: {len(distinct)} different texts, where int8 takes {FEWEST} at "
                f"least; give --calibration FILE with more of them"
            )
        if len(distinct) > MOST:
            distinct = random.Random(SEED).sample(distinct, MOST)  # noqa: S311 - no secret
        return cls(tuple(distinct))

    def facts(self) -> dict[str, Any]:
        """Say what is recorded of it: the number of texts, and the SHA-256 of their JSON lines."""
        lines = "".join(f"{json.dumps([one.text, one.pair])}\n" for one in self.inputs)
        return {"texts": len(self.inputs), "seed": SEED, "fingerprint": hashlib.sha256(lines.encode()).hexdigest()}

    def batches(self, trunk: Path) -> list[TokenBatch]:
        """Give the first window of each input as a batch of its own: no padding, whose numbers nobody reads."""
        tokenizer = Tokenizer.from_folder(trunk)
        encoded = tokenizer.encode(self.inputs)
        return [pad([cut(one, tokenizer)[0]], tokenizer.pad_id) for one in encoded]
