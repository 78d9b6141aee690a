from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.data.examples import Examples
from trunkline.data.split import apportion, split
from trunkline.errors import DataError, InvalidInput


def _examples(make_message, labels):
    items = [make_message(text=str(number), label=label) for number, label in enumerate(labels)]
    return Examples.of("train.csv", items, [f"train.csv:{n + 2}" for n in range(len(items))])


def test_strata_keep_their_proportions_and_no_row_is_lost(task, make_message):
    examples = _examples(make_message, ["a"] * 60 + ["b"] * 30 + ["c"] * 10)
    train, dev = split(examples, task, 0.1, seed=0)
    assert Counter(item.label for item in dev.items) == {"a": 6, "b": 3, "c": 1}
    assert sorted(train.places + dev.places) == sorted(examples.places)
    assert [int(item.text) for item in train.items] == sorted(int(item.text) for item in train.items)


def test_the_seed_decides(task, make_message):
    examples = _examples(make_message, ["a", "b"] * 50)
    first, again, other = (split(examples, task, 0.2, seed=seed)[1] for seed in (1, 1, 2))
    assert first == again
    assert first.fingerprint != other.fingerprint


def test_a_label_with_one_row_stays_in_train(task, make_message):
    train, dev = split(_examples(make_message, ["a"] * 9 + ["rare"]), task, 0.5, seed=0)
    assert "rare" in {item.label for item in train.items}
    assert len(dev) == 5


@pytest.mark.parametrize("labels", [["a"], ["a", "b", "c"]])
def test_too_few_rows_are_told(task, make_message, labels):
    with pytest.raises(DataError, match="too few to hold out a dev set of 10%"):
        split(_examples(make_message, labels), task, 0.1, seed=0)


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan")])
def test_a_fraction_lies_between_nought_and_one(task, make_message, fraction):
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        split(_examples(make_message, ["a", "a"]), task, fraction, seed=0)


@given(sizes=st.lists(st.integers(1, 50), min_size=1, max_size=20), fraction=st.floats(0.01, 0.99))
def test_shares_add_up_and_leave_a_row_everywhere(sizes, fraction):
    shares = apportion(sizes, fraction)
    assert all(0 <= share < size for share, size in zip(shares, sizes, strict=True))
    assert sum(shares) == min(max(1, round(sum(sizes) * fraction)), sum(sizes) - len(sizes))
