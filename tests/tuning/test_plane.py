from __future__ import annotations

import pytest

from trunkline.tuning import plane


@pytest.mark.parametrize("n_layers", [1, 2, 3, 4, 6, 12, 24, 48])
def test_places_fit_the_trunk_and_are_few(n_layers: int) -> None:
    places = plane.coarse(n_layers)
    assert len(places) == len(set(places)) <= 12
    assert all(fork >= 0 and branch >= 0 and 0 < fork + branch <= n_layers for fork, branch in places)
    costs = [sum(place) for place in places]
    assert costs == sorted(costs)
    assert (n_layers, 0) in places
    assert any(fork + branch == n_layers and branch for fork, branch in places)


def test_six_layers_are_tried_where_measurements_lie() -> None:
    expected = {(1, 1), (0, 2), (2, 1), (1, 2), (3, 1), (2, 2), (4, 1), (3, 2), (5, 1), (4, 2), (3, 3), (6, 0)}
    assert set(plane.coarse(6)) == expected


def test_longer_branches_are_tried_only_while_they_gain() -> None:
    flat = {(6, 0): 0.9, (5, 1): 0.93, (4, 2): 0.93, (3, 3): 0.931}
    assert plane.deeper(6, flat, 0.01) is None
    steep = {(6, 0): 0.1, (5, 1): 0.3, (4, 2): 0.39, (3, 3): 0.43}
    assert plane.deeper(6, steep, 0.01) == (1, 5)
    assert plane.deeper(6, {**steep, (1, 5): 0.45}, 0.01) == (0, 6)
    assert plane.deeper(6, {**steep, (1, 5): 0.45, (0, 6): 0.5}, 0.01) is None
