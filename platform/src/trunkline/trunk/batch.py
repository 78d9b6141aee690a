"""A rectangle of tokens: what one pass of the stem reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class TokenBatch:
    """Windows of equal padded length, special tokens in place, padding on the right."""

    ids: NDArray[np.int64]  # (rows, length)
    type_ids: NDArray[np.int64]  # (rows, length)
    mask: NDArray[np.bool_]  # (rows, length) true where a token is

    @property
    def rows(self) -> int:
        return int(self.ids.shape[0])

    @property
    def padded_tokens(self) -> int:
        return int(self.ids.size)

    def take(self, rows: NDArray[np.intp]) -> TokenBatch:
        """Give these rows alone, in this order."""
        return TokenBatch(self.ids[rows], self.type_ids[rows], self.mask[rows])
