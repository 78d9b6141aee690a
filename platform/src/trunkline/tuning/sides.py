"""Pairs that are joined above the stem: each distinct text is laid out once, however many pairs it stands in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trunkline.trunk.windows import Window
from trunkline.tuning.layout import Layout


def of(windows: Sequence[Window], pad_id: int) -> tuple[Layout, NDArray[np.int64]]:
    """Lay out the sides of joined windows; gives also where each token of the windows, end to end, lies in it.

    The last place is that of padding, as in every table of a layout.
    """
    numbers: dict[bytes, int] = {}
    distinct: list[Window] = []
    standing: list[int] = []
    for window in windows:
        for side in window.sides or (window,):
            key = side.ids.tobytes()  # of one trunk, and each a text by itself: the ids tell them apart
            if key not in numbers:
                numbers[key] = len(distinct)
                distinct.append(side)
            standing.append(numbers[key])
    layout = Layout.of(distinct, pad_id)
    starts, ends = layout.starts[standing], layout.starts[np.array(standing) + 1]
    places = [np.arange(start, end) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    return layout, np.concatenate([*places, [layout.tokens]]).astype(np.int64)
