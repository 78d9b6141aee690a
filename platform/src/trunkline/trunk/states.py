"""Hidden states as a value: the numbers, with what is needed to read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Pooling = Literal["none", "mean", "first"]


@dataclass(frozen=True, slots=True, eq=False)
class HiddenStates:
    """The states of one input at one layer, special tokens left out except as `first`."""

    layer: int  # 0: after the embeddings; n_layers: the last, final norm applied
    tokens: NDArray[np.float32]  # (n, width), aligned with Encoded
    offsets: NDArray[np.int32]  # (n, 2) code points
    first: NDArray[np.float32]  # (width,) of the leading special token, or of the first there is; averaged over windows
    mean: NDArray[np.float32]  # (width,) over all tokens, special ones included, averaged over windows

    def pooled(self, pooling: Pooling) -> NDArray[np.float32]:
        """The states as asked for: (n, width) for `none`, else (width,)."""
        return {"none": self.tokens, "mean": self.mean, "first": self.first}[pooling]
