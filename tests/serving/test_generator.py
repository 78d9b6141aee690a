"""A version's answers are written together, and nobody waits for somebody else's failure."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from trunkline import InvalidInput, Overloaded
from trunkline.contract import Memory
from trunkline.errors import EngineStopped
from trunkline.serving import generator as generating
from trunkline.serving.generator import Generator
from trunkline.serving.stats import Stats


class Spelling:
    """Writes as many letters as the prompt says, one a step; what the platform's side of the protocol may meet."""

    def __init__(self) -> None:
        self.left: dict[Hashable, int] = {}
        self.seen: dict[Hashable, float] = {}
        self.together = 0  # the most that were written at once
        self.added: list[float] = []  # in the order in which they came
        self.gate = threading.Event()
        self.gate.set()

    @property
    def active(self) -> int:
        return len(self.left)

    def add(self, key: Hashable, memory: Memory, prompt: Any) -> None:
        if prompt < 0:
            raise InvalidInput(f"{prompt} letters: give 0 or more")
        self.left[key] = prompt
        self.seen[key] = float(memory[0, 0])
        self.added.append(self.seen[key])

    def step(self) -> Sequence[tuple[Hashable, Any]]:
        self.gate.wait()
        self.together = max(self.together, len(self.left))
        done = []
        for key, letters in list(self.left.items()):
            self.left[key] = letters - 1
            if letters == 13:
                raise RuntimeError("thirteen letters")
            if letters <= 1:
                done.append((key, self.seen[key]))
                del self.left[key]
        return done

    def remove(self, key: Hashable) -> None:
        self.left.pop(key, None)


def memory(value: float) -> Memory:
    return np.full((3, 2), value, dtype=np.float32)


def waits_for_nothing(generator: Generator) -> bool:
    for _ in range(500):
        if not generator.waiting and generator._thread is None:
            return True
        threading.Event().wait(0.01)
    return False


def test_answers_come_in_the_order_of_the_call() -> None:
    """However long each takes, and whoever else writes; the thread goes once nothing is left."""
    session = Spelling()
    generator = Generator("translation/tiny@1", session)
    session.gate.clear()
    calls = [generator.submit([memory(10 * n + i) for i in range(4)], [4, 1, 3, 2]) for n in range(3)]
    session.gate.set()
    assert [call.result(10) for call in calls] == [[10.0 * n + i for i in range(4)] for n in range(3)]
    assert session.together > 4
    assert waits_for_nothing(generator)
    assert generator.submit([memory(7)], [2]).result(10) == [7.0]


def test_a_prompt_that_cannot_be_followed_fails_its_call_alone() -> None:
    session = Spelling()
    generator = Generator("translation/tiny@1", session)
    session.gate.clear()
    good, bad = generator.submit([memory(1)], [3]), generator.submit([memory(2), memory(3)], [5, -1])
    session.gate.set()
    assert good.result(10) == [1.0]
    with pytest.raises(InvalidInput, match="-1 letters"):
        bad.result(10)
    assert waits_for_nothing(generator)
    assert session.active == 0


def test_a_call_that_is_given_up_is_let_go_of() -> None:
    """Nothing more is written for it; the others are answered."""
    session = Spelling()
    generator = Generator("translation/tiny@1", session)
    session.gate.clear()
    endless, short = generator.submit([memory(1)] * 2, [10**9] * 2), generator.submit([memory(2)], [3])
    assert endless.cancel()
    session.gate.set()
    assert short.result(10) == [2.0]
    assert waits_for_nothing(generator)
    assert session.active == 0


def test_a_step_that_raises_fails_what_was_being_written_and_no_later_call() -> None:
    session = Spelling()
    generator = Generator("translation/tiny@1", session)
    session.gate.clear()
    calls = [generator.submit([memory(n), memory(n)], [20, 20]) for n in range(2)]
    unlucky = generator.submit([memory(5)], [13])
    session.gate.set()
    for call in (*calls, unlucky):
        with pytest.raises(RuntimeError, match="thirteen"):
            call.result(10)
    assert waits_for_nothing(generator)
    assert generator.submit([memory(7)], [2]).result(10) == [7.0]


def test_more_than_it_holds_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the number, the limit and a remedy; a single call of any size is taken."""
    monkeypatch.setattr(generating, "MOST", 3)
    session = Spelling()
    generator = Generator("translation/tiny@1", session)
    session.gate.clear()
    first = generator.submit([memory(n) for n in range(5)], [1] * 5)
    with pytest.raises(Overloaded, match="writing 5 answers; it takes at most 3"):
        generator.submit([memory(1)], [1])
    session.gate.set()
    assert first.result(10) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert waits_for_nothing(generator)


def test_calls_take_turns_however_large_one_is() -> None:
    """A call of one does not stand behind the rest of a call of a hundred; each call's own stay in their order."""
    session = Spelling()
    generator = Generator("translation/tiny@1", session, ahead=4)
    session.gate.clear()
    large = generator.submit([memory(n) for n in range(100)], [1] * 100)
    few = generator.submit([memory(200 + n) for n in range(3)], [1] * 3)
    one = generator.submit([memory(300)], [1])
    session.gate.set()
    assert one.result(10) == [300.0]
    assert few.result(10) == [200.0, 201.0, 202.0]
    assert large.result(10) == [float(n) for n in range(100)]
    assert session.together == 4
    assert session.added.index(300.0) < 12  # whether the thread began with the first call alone, or with all three
    assert session.added.index(202.0) < 16
    for first in (0, 200):
        own = [value for value in session.added if first <= value < first + 100]
        assert own == sorted(own)
    assert waits_for_nothing(generator)


def test_closing_waits_for_the_step_and_gives_up_on_the_rest() -> None:
    session = Spelling()
    generator = Generator("translation/tiny@1", session, ahead=2)
    session.gate.clear()
    calls = [generator.submit([memory(1)] * 50, [3] * 50), generator.submit([memory(2)], [3])]
    while len(session.added) < 2:
        threading.Event().wait(0.001)
    threading.Timer(0.3, session.gate.set).start()
    thread = generator._thread
    assert thread is not None
    generator.close(10)
    assert not thread.is_alive()
    for call in calls:
        with pytest.raises(EngineStopped, match="was stopped"):
            call.result(0)
    assert len(session.added) <= 3
    assert generator.waiting == 0
    with pytest.raises(EngineStopped):
        generator.submit([memory(3)], [1])


def test_closing_waits_no_longer_than_told_for_a_step_that_hangs() -> None:
    session = Spelling()
    generator = Generator("translation/tiny@1", session)
    session.gate.clear()
    call = generator.submit([memory(1)], [1])
    generator.close(0.05)
    assert not call.done()
    session.gate.set()
    with suppress(EngineStopped):
        assert call.result(10) == [1.0]
    assert waits_for_nothing(generator)


def test_what_is_given_up_before_its_turn_is_never_written() -> None:
    session = Spelling()
    generator = Generator("translation/tiny@1", session, ahead=2)
    session.gate.clear()
    begun, other = generator.submit([memory(1)] * 2, [3] * 2), generator.submit([memory(5)] * 50, [1] * 50)
    large = generator.submit([memory(2)] * 50, [1] * 50)
    assert large.cancel()
    session.gate.set()
    assert begun.result(10) == [1.0, 1.0]
    assert other.result(10) == [5.0] * 50
    assert waits_for_nothing(generator)
    assert 2.0 not in session.added
    assert session.active == 0


def test_what_is_given_up_in_its_middle_is_written_no_further() -> None:
    session = Spelling()
    generator = Generator("translation/tiny@1", session, ahead=2)
    large = generator.submit([memory(2)] * 50, [1] * 3 + [10**9] * 47)
    while session.added.count(2.0) < 5:
        threading.Event().wait(0.001)
    assert large.cancel()
    assert waits_for_nothing(generator)
    assert len(session.added) == 5
    assert session.active == 0


def test_a_step_that_raises_spares_calls_whose_turn_has_not_come() -> None:
    session = Spelling()
    generator = Generator("translation/tiny@1", session, ahead=1)
    session.gate.clear()
    unlucky, later = generator.submit([memory(1)] * 3, [13] * 3), generator.submit([memory(2)] * 3, [2] * 3)
    session.gate.set()
    with pytest.raises(RuntimeError, match="thirteen"):
        unlucky.result(10)
    assert later.result(10) == [2.0, 2.0, 2.0]
    assert session.added.count(1.0) == 1
    assert waits_for_nothing(generator)


def test_what_is_written_and_what_waits_is_counted() -> None:
    """What failed or was given up is neither."""
    session, stats = Spelling(), Stats()
    generator = Generator("translation/tiny@1", session, ahead=2, stats=stats)
    session.gate.clear()
    calls = [generator.submit([memory(n)] * 3, [letters, 2, 3]) for n, letters in enumerate((2, -1, 2))]
    now = stats.snapshot().versions["translation/tiny@1"]
    assert now.written == 0
    assert now.writing >= 6  # the call that fails may have ended by now
    assert calls[2].cancel()
    session.gate.set()
    assert calls[0].result(10) == [0.0] * 3
    assert waits_for_nothing(generator)
    now = stats.snapshot().versions["translation/tiny@1"]
    assert (now.written, now.writing) == (3, 0)


def test_a_call_of_nothing_is_answered_at_once() -> None:
    generator = Generator("translation/tiny@1", Spelling())
    assert generator.submit([], []).result(0) == []
    assert waits_for_nothing(generator)


def asked(generator: Generator, number: int, turn: int) -> bool:
    """Ask for a few answers, give up on some calls and spoil others; tells whether what came was right."""
    dice = np.random.default_rng([number, turn])
    count = int(dice.integers(1, 5))
    wish = [int(dice.integers(0, 12)) for _ in range(count)]
    if turn % 5 == 3:
        wish[0] = -1
    call = generator.submit([memory(number * 100 + place) for place in range(count)], wish)
    if turn % 5 == 4:
        return call.cancel() or call.done()
    if turn % 5 == 3:
        return isinstance(call.exception(20), InvalidInput)
    return call.result(20) == [float(number * 100 + place) for place in range(count)]


@pytest.mark.parametrize("ahead", [1, 5, 64])
def test_a_crowd_of_callers_leaves_nothing_behind(ahead: int) -> None:
    """From many threads, some giving up, some failing: every other call has its own answers."""
    session = Spelling()
    generator = Generator("translation/tiny@1", session, ahead)
    with ThreadPoolExecutor(8) as callers:
        right = list(callers.map(lambda one: asked(generator, one % 8, one // 8), range(240)))
    assert all(right)
    assert waits_for_nothing(generator)
    assert session.active == 0
