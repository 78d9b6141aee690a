"""What a request asks of the engine besides its answer: how soon, how long, how much of its texts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from time import monotonic
from typing import Literal, get_args

from trunkline.errors import InvalidInput

Priority = Literal["low", "normal", "high"]
PRIORITIES: tuple[str, ...] = get_args(Priority)


@dataclass(frozen=True, slots=True)
class Terms:
    """The same for every input of a request."""

    deadline: float = math.inf  # monotonic seconds
    seconds: float = math.inf  # that the request was given, to be told where they were too few
    priority: int = PRIORITIES.index("normal")  # more is sooner
    max_tokens: int | None = None  # of each text that are read, special tokens not counted; None: all

    @classmethod
    def within(cls, seconds: float, priority: Priority = "normal", max_tokens: int | None = None) -> Terms:
        """Give the terms of a request that has `seconds` from now. Raises `InvalidInput`."""
        if not 0 < seconds < math.inf:
            raise InvalidInput(f"a deadline of {seconds} s: give a number of seconds above 0")
        if priority not in PRIORITIES:
            raise InvalidInput(f"priority {priority!r}: give one of {', '.join(PRIORITIES)}")
        if max_tokens is not None and max_tokens < 1:
            raise InvalidInput(f"{max_tokens} tokens of a text: give 1 or more")
        return cls(monotonic() + seconds, seconds, PRIORITIES.index(priority), max_tokens)
