"""Many searches in one batch: whoever is done leaves at once, whoever waits joins between steps."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from trunkline import InvalidInput
from trunkline_translation.search.beams import Beams
from trunkline_translation.search.chains import Chains
from trunkline_translation.search.constrained import Constrained
from trunkline_translation.search.prompt import Prompt
from trunkline_translation.search.protocol import Cache, Floats, Rows, StepDecoder
from trunkline_translation.search.result import Result
from trunkline_translation.search.scores import Scores
from trunkline_translation.search.search import Search

Key = TypeVar("Key", bound=Hashable)
ROWS = 64
TOGETHER = 8
"""Where more wait than fit, newcomers join when this part of the rows is free: each join moves everything that the
others remember, which took a sixth of the time where one joined at nearly each step."""


@dataclass(slots=True, eq=False)
class _Place(Generic[Key]):
    key: Key
    memory: Floats | None  # until it has begun
    search: Search
    width: int  # rows that are kept free for it
    removed: bool = False


class Session(Generic[Key, Cache]):
    """Searches over one decoder with `vocabulary` tokens, of which at most `rows` rows are in the batch at once.

    Whoever comes first begins first: a prompt that needs more rows than are free is not overtaken. What a prompt is
    answered does not depend on who shares the batch, as far as the decoder's rows do not depend on each other.
    All calls come from one thread at a time. `positions` is the longest sequence that the decoder can read, if there is
    such a limit.
    """

    def __init__(
        self, decoder: StepDecoder[Cache], vocabulary: int, *, rows: int = ROWS, positions: int | None = None
    ) -> None:
        self._decoder, self._limit, self._positions = decoder, rows, positions
        self._scores = Scores(vocabulary)
        self._places: dict[Key, _Place[Key]] = {}  # of all who wait for a result
        self._line: deque[_Place[Key]] = deque()  # those who have not begun
        self._active: list[_Place[Key]] = []
        self._cache: Cache | None = None  # of the active, in their order
        self._outcomes: list[tuple[Key, Result | Exception]] = []  # of this step

    @property
    def active(self) -> int:
        """How many prompts are in the batch."""
        return sum(not place.removed for place in self._active)

    @property
    def waiting(self) -> int:
        """How many prompts wait for free rows or for the next step."""
        return len(self._places) - self.active

    def add(self, key: Key, memory: Floats, prompt: Prompt) -> None:
        """Put a prompt in line; it begins in a step to come. `memory` (slots, width) is its encoder's states.

        Raises `InvalidInput`, and adds nothing, where the prompt asks for more than this session has; `ValueError`
        for a key that is in use.
        """
        if key in self._places:
            raise ValueError(f"the key {key!r} is in use; take another until its result is given")
        self._check(prompt)
        self._places[key] = _Place(key, memory, search_for(prompt, self._scores), prompt.width)
        self._line.append(self._places[key])

    def remove(self, key: Key) -> bool:
        """Forget a prompt: no result of it is given. Tells whether there was one; its rows leave in the next step."""
        place = self._places.pop(key, None)
        if place is None:
            return False
        place.removed, place.memory = True, None
        return True

    def step(self) -> list[tuple[Key, Result | Exception]]:
        """Let newcomers join, read one token of every row, and give what is finished by it.

        An error of one prompt is its result and nobody else's. An error of the decoder's step is the result of all who
        are in the batch; those who wait begin anew after it.
        """
        self._outcomes = []
        self._guarded(self._drop_removed)
        self._admit()
        if self._active:
            self._guarded(self._advance)
        return self._outcomes

    def _check(self, prompt: Prompt) -> None:
        size = self._scores.vocabulary
        for token in prompt.ids():
            if not 0 <= token < size:
                raise InvalidInput(f"token {token} is not in the vocabulary; ids are 0 to {size - 1}")
        if prompt.width > self._limit:
            raise InvalidInput(f"{prompt.width} beams or samples do not fit into {self._limit} rows; ask for fewer")
        if self._positions is not None and prompt.max_length > self._positions:
            raise InvalidInput(f"max_length is {prompt.max_length}; this decoder reads {self._positions} tokens")

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do what concerns every row: its error is the result of all of them."""
        try:
            work()
        except Exception as error:
            for place in self._active:
                self._settle(place, error)
            self._active, self._cache = [], None

    def _settle(self, place: _Place[Key], outcome: Result | Exception) -> None:
        if not place.removed:
            del self._places[place.key]
            self._outcomes.append((place.key, outcome))

    def _drop_removed(self) -> None:
        if any(place.removed for place in self._active):
            stays = [not place.removed for place in self._active for _ in place.search.ids]
            self._active = [place for place in self._active if not place.removed]
            self._take(np.flatnonzero(stays))

    def _admit(self) -> None:
        free = self._limit - sum(place.width for place in self._active)
        if self._active and free < self._limit // TOGETHER < sum(place.width for place in self._line):
            return
        newcomers = []
        while self._line and (self._line[0].removed or self._line[0].width <= free):
            place = self._line.popleft()
            if not place.removed:
                newcomers.append(place)
                free -= place.width
        if newcomers and not self._began(newcomers):
            for place in newcomers:  # one at a time, so that one bad memory fails alone
                self._began([place])

    def _began(self, newcomers: Sequence[_Place[Key]]) -> bool:
        try:
            cache = self._decoder.start([place.memory for place in newcomers if place.memory is not None])
        except Exception as error:
            if len(newcomers) == 1:
                self._settle(newcomers[0], error)
            return len(newcomers) == 1
        for place in newcomers:
            place.memory = None
        self._active += newcomers
        self._guarded(lambda: self._join(cache))
        return True

    def _join(self, cache: Cache) -> None:
        self._cache = cache if self._cache is None else self._cache.joined(cache)

    def _advance(self) -> None:
        logits = self._logits()
        staying, rows, begin = [], [np.zeros(0, np.intp)], 0
        for place in self._active:
            end = begin + len(place.search.ids)
            parents = self._turn(place, logits[begin:end])
            if parents is not None:
                staying.append(place)
                rows.append(begin + parents)
            begin = end
        self._active = staying
        self._take(np.concatenate(rows))

    def _logits(self) -> Floats:
        assert self._cache is not None
        ids = np.concatenate([place.search.ids for place in self._active])
        logits = np.asarray(self._decoder.step(ids, self._cache), np.float32)
        if logits.shape != (len(ids), self._scores.vocabulary):
            raise ValueError(f"the decoder gave logits {logits.shape} for {len(ids)} rows of {self._scores.vocabulary}")
        return logits if logits.flags.writeable else logits.copy()

    def _turn(self, place: _Place[Key], logits: Floats) -> Rows | None:
        """Let one search choose: its rows that go on, or nothing when it is settled."""
        try:
            parents = place.search.advance(logits)
            outcome = place.search.result() if place.search.done else None
        except Exception as error:
            self._settle(place, error)
            return None
        if outcome:
            self._settle(place, outcome)
        return None if outcome else parents

    def _take(self, rows: Rows) -> None:
        assert self._cache is not None
        if not len(rows):
            self._cache = None
        elif len(rows) != self._cache.rows or (rows != np.arange(len(rows))).any():
            self._cache = self._cache.take(rows)


def search_for(prompt: Prompt, scores: Scores) -> Search:
    """Give the search that a prompt asks for; `scores` may be shared by searches that take turns."""
    if prompt.phrases:
        return Constrained(prompt, scores)
    return Chains(prompt, scores) if prompt.sampling or prompt.width == 1 else Beams(prompt, scores)


def decode_all(
    decoder: StepDecoder[Cache], vocabulary: int, jobs: Iterable[tuple[Floats, Prompt]], *, rows: int = ROWS
) -> list[Result]:
    """Run (memory, prompt) pairs to their end and give a result each, in their order.

    Raises `InvalidInput` for a prompt that cannot run, and whatever the decoder raises.
    """
    session: Session[int, Cache] = Session(decoder, vocabulary, rows=rows)
    found: dict[int, Result] = {}
    for number, (memory, prompt) in enumerate(jobs):
        session.add(number, memory, prompt)
    while session.active or session.waiting:
        for key, result in session.step():
            if isinstance(result, Exception):
                raise result
            found[key] = result
    return [found[number] for number in sorted(found)]
