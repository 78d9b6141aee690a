"""Cuts: every row once, within the limit, and no way of putting neighbours together is cheaper."""

from __future__ import annotations

from itertools import combinations, groupby, pairwise

from hypothesis import given
from hypothesis import strategies as st

from trunkline.serving.cutting import cuts


def cost(lengths, found, call, token, multiple):
    padded = [-(-length // multiple) * multiple for length in lengths]
    return sum(call + token * (end - start) * padded[end - 1] for start, end in found)


@given(
    st.lists(st.integers(1, 64), min_size=1, max_size=80).map(sorted),
    st.integers(8, 512),
    st.floats(0.01, 10),
    st.sampled_from([1, 8]),
)
def test_every_row_is_cut_once_and_within_the_limit(lengths, most, call, multiple) -> None:
    found = cuts(lengths, most, call, 0.01, multiple)
    assert [start for start, _ in found] == [0, *(end for _, end in found[:-1])]
    assert found[-1][1] == len(lengths)
    for start, end in found:
        padded = -(-lengths[end - 1] // multiple) * multiple
        assert end - start == 1 or (end - start) * padded <= most


@given(st.lists(st.sampled_from([4, 8, 12, 30, 60]), min_size=1, max_size=40).map(sorted), st.floats(0.01, 5))
def test_no_other_way_to_put_neighbouring_lengths_together_is_cheaper(lengths, call) -> None:
    """Held against all ways there are, each run of lengths in as few batches as the limit allows."""
    most, token = 240, 0.01
    groups = [(length, len(list(run))) for length, run in groupby(lengths)]
    borders = range(1, len(groups))
    prices = []
    for count in range(len(groups)):
        for chosen in combinations(borders, count):
            edges = [0, *chosen, len(groups)]
            price = 0.0
            for begin, end in pairwise(edges):
                rows, longest = sum(rows for _, rows in groups[begin:end]), groups[end - 1][0]
                price += -(-rows // max(1, most // longest)) * call + token * rows * longest
            prices.append(price)
    assert cost(lengths, cuts(lengths, most, call, token), call, token, 1) <= min(prices) + 1e-9


def test_dear_calls_make_large_batches_and_cheap_ones_small() -> None:
    lengths = [4] * 10 + [40] * 10
    assert len(cuts(lengths, 1024, call=100.0, token=0.01)) == 1
    assert len(cuts(lengths, 1024, call=0.1, token=0.01)) == 2
