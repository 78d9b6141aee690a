"""A job: one input, asked of one reader of one trunk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from trunkline.errors import DeadlineExceeded
from trunkline.serving.reader import Reader
from trunkline.trunk.inputs import Encoded
from trunkline.trunk.windows import Window


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What is asked, and the future that gets the answer. `deadline` and `born` are monotonic seconds."""

    reader: Reader
    encoded: Encoded
    windows: Sequence[Window]
    deadline: float = math.inf
    born: float = field(default_factory=monotonic)
    future: Future[Any] = field(default_factory=Future)

    @property
    def tokens(self) -> int:
        """Tokens of all windows, special ones included."""
        return sum(len(window.ids) for window in self.windows)

    def wanted(self) -> bool:
        """Tell whether somebody still waits; fails the job where its deadline has passed."""
        if self.future.done():
            return False
        if monotonic() < self.deadline:
            return True
        self.fail(DeadlineExceeded("the deadline passed before the request was computed; send less or allow more time"))
        return False

    def answer(self, prediction: Any) -> None:
        """Give the answer; nothing happens where nobody waits any more."""
        with suppress(InvalidStateError):
            self.future.set_result(prediction)

    def fail(self, error: BaseException) -> None:
        """Give the error; nothing happens where nobody waits any more."""
        with suppress(InvalidStateError):
            self.future.set_exception(error)
