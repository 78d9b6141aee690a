"""Which sets of readers get a graph of their own, when, and when it goes again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from trunkline import LinearHead
from trunkline.backends.linear import LinearBranch
from trunkline.serving import fusions
from trunkline.serving.fusions import ALONE, OFTEN, Fusions
from trunkline.serving.readership import Readership


class Graph:
    """What a stem makes; only its size matters here."""

    def __init__(self, size: int) -> None:
        self.size = size


class Stem:
    """A stem that notes what it is asked to fuse."""

    def __init__(self, size: int = 10, fails: bool = False) -> None:
        self.size, self.fails = size, fails
        self.asked: list[tuple[int, list[int]]] = []

    def fuse(self, branches: Sequence[Any], shown: Sequence[int]) -> Graph:
        self.asked.append((len(branches), list(shown)))
        if self.fails:
            raise RuntimeError("no memory")
        return Graph(self.size)


@dataclass(eq=False)
class Own:
    """A reader with layers of its own."""

    key: str
    reads: tuple[int, ...] = (5,)
    branch: Any = "a graph"
    label: str = "own"
    own_layers: int = 1


def linear(key: str, layer: int = 5) -> Own:
    head = LinearBranch(layer, LinearHead("mean"), np.ones((2, 4), np.float32), np.zeros(2, np.float32))
    return Own(key, (layer,), head)


@pytest.fixture
def made():
    """Make fusions that are closed in the end."""
    found: list[Fusions] = []

    def make(stem: Stem, limit: int = 100, shows_all: bool = False) -> Fusions:
        found.append(Fusions(stem, limit, shows_all))
        return found[-1]

    yield make
    for one in found:
        one.close()


def often(of: Fusions, readers: Sequence[Any], times: int = OFTEN) -> Any:
    """Ask for readers as passes do, until their graph is made; then once more."""
    for _ in range(times):
        of.find(Readership(readers))
    of._maker.submit(lambda: None).result()  # behind what is being made
    return of.find(Readership(readers))


def test_a_set_that_comes_up_often_gets_a_graph_whatever_its_order(made) -> None:
    stem = Stem()
    of, a, b = made(stem), Own("a"), Own("b", (3,))
    for _ in range(OFTEN - 1):
        assert of.find(Readership([a, b])) is None
    assert not stem.asked
    whole = often(of, [b, a])
    assert set(whole.keys) == {"a", "b"}
    assert of.find(Readership([b, a])) is whole
    assert of.find(Readership([a])) is None
    assert stem.asked == [(2, [])]


def test_linear_heads_read_states_that_the_graph_shows(made) -> None:
    stem = Stem()
    whole = often(made(stem), [Own("a", (3,)), linear("b", 6)])
    assert (whole.keys, stem.asked) == (("a",), [(1, [6])])
    often(made(stem, shows_all=True), [Own("a", (3,)), linear("b", 6)])
    assert stem.asked[-1] == (1, [3, 6])


@pytest.mark.parametrize("readers", [[linear("a")], [linear("a"), linear("b")]])
def test_what_runs_in_one_graph_anyway_gets_no_other(made, readers) -> None:
    stem = Stem()
    assert often(made(stem), readers) is None
    assert not stem.asked


def test_states_that_somebody_asks_for_themselves_are_in_no_graph(made) -> None:
    stem = Stem()
    assert often(made(stem), [Own("a"), Own("b", branch=None)]) is None
    assert often(made(stem, limit=0), [Own("a")]) is None
    assert not stem.asked


def test_without_room_the_pieces_do_until_an_idle_graph_may_go(made, monkeypatch: pytest.MonkeyPatch) -> None:
    stem = Stem(size=60)
    of, a, b, c = made(stem), Own("a"), Own("b"), Own("c")
    monkeypatch.setattr(fusions, "ROOM_AGAIN", 2 * OFTEN)
    assert often(of, [a, c]) is not None
    assert often(of, [b, c]) is None  # 120 bytes of 100
    assert of.find(Readership([a, c])) is not None
    monkeypatch.setattr(fusions, "IDLE", -1.0)
    assert often(of, [b, c], 3 * OFTEN) is not None
    assert of.find(Readership([a, c])) is None


def test_graphs_of_one_model_take_a_part_of_the_room_only(made) -> None:
    of = made(Stem(size=10), limit=ALONE * 25)
    names = [Own(name) for name in "abc"]
    assert [often(of, [one]) is not None for one in names] == [True, True, False]
    assert often(of, names) is not None


def test_the_graph_of_an_unloaded_version_makes_room(made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fusions, "ROOM_AGAIN", 2 * OFTEN)
    of, a, b, c = made(Stem(size=60)), Own("a"), Own("b"), Own("c")
    assert often(of, [a, c]) is not None
    del a
    assert often(of, [b, c]) is not None


@pytest.mark.parametrize("fails", [True, False])
def test_a_graph_that_fails_is_not_tried_again(made, fails: bool) -> None:
    stem = Stem(fails=fails)
    of, a = made(stem), Own("a")
    assert (often(of, [a]) is None) is fails
    of.drop(Readership([a]))
    assert often(of, [a]) is None
    assert len(stem.asked) == 1


def test_sets_without_a_graph_are_forgotten_where_there_are_too_many(made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fusions, "SETS", 10)
    of = made(Stem())
    kept = Own("kept")
    assert often(of, [kept]) is not None
    for number in range(100):
        of.find(Readership([Own(str(number))]))
    assert of.find(Readership([kept])) is not None
    assert len(of._sets) <= 10
