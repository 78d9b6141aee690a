import pytest

from trunkline.data.examples import Examples


def test_a_subset_keeps_places_and_has_a_fingerprint_of_its_own(make_message):
    items = [make_message(text=str(n), label="a") for n in range(4)]
    whole = Examples.of("train.csv", items, [f"train.csv:{n + 2}" for n in range(4)])
    part = whole.subset([3, 1])
    assert [item.text for item in part.items] == ["3", "1"]
    assert part.places == ("train.csv:5", "train.csv:3")
    assert part.fingerprint == Examples.of("x", [items[3], items[1]]).fingerprint != whole.fingerprint


def test_each_example_has_one_place(make_message):
    with pytest.raises(ValueError, match="1 examples have 2 places"):
        Examples.of("rows", [make_message(text="a", label="a")], ["one", "two"])
