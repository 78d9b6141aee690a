"""Linear heads: when a version is one, and many of them as one product."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pieces_samples import INFO, Head, Pooled, TaskOfHead, TaskOfPooled, tokens, version, write_branch
from threadpoolctl import ThreadpoolController

from trunkline import LinearHead
from trunkline.backends.linear import LinearBranch, Stack, product
from trunkline.backends.torch_backend import TorchBackend

SPEC = {"fork_layer": 2, "branch_layers": 0}


def test_heads_of_any_pooling_and_size_are_one_product(tiny_trunk: Path) -> None:
    source = np.random.default_rng(0)
    branches = []
    for number, pooling in enumerate(["mean", "none", "mean", "first", "none", "mean"]):
        weight, bias = (source.standard_normal(shape, dtype=np.float32) for shape in ((3 + number, 32), 3 + number))
        branches.append(LinearBranch(2, LinearHead(pooling), weight, bias))
    stem = TorchBackend().load_stem(tiny_trunk, INFO)
    states = stem.advance(stem.embed(tokens()), 2)
    together = Stack(branches).run(states)
    for branch, found in zip(branches, together, strict=True):
        alone = branch.run({2: states})
        assert found.keys() == alone.keys() == {"logits"}
        np.testing.assert_allclose(found["logits"], alone["logits"], atol=1e-5)


def test_what_lies_in_the_padding_is_of_no_matter(tiny_trunk: Path) -> None:
    stem = TorchBackend().load_stem(tiny_trunk, INFO)
    states = stem.advance(stem.embed(tokens()), 2)
    branch = LinearBranch(2, LinearHead("mean"), np.ones((3, 32), np.float32), np.zeros(3, np.float32))
    before = branch.run({2: states})["logits"].copy()
    other = replace(states, hidden=states.hidden.masked_fill(~states.seen.unsqueeze(-1), 1e6))
    np.testing.assert_array_equal(branch.run({2: other})["logits"], before)


@pytest.mark.parametrize("told", [LinearHead("mean", weight="other"), LinearHead("mean", bias="other"), None])
def test_a_head_that_is_not_what_is_told_is_no_product(tiny_trunk: Path, tmp_path: Path, told, monkeypatch) -> None:
    weights = write_branch(tmp_path, tiny_trunk, Pooled("mean"), **SPEC)
    task = TaskOfPooled("mean")
    assert LinearBranch.of(version(**SPEC), weights, task) is not None
    monkeypatch.setattr(task, "linear_head", lambda config: told, raising=False)
    assert LinearBranch.of(version(**SPEC), weights, task) is None


def test_a_head_with_more_tensors_is_no_product(tiny_trunk: Path, tmp_path: Path) -> None:
    weights = write_branch(tmp_path, tiny_trunk, Head(), **SPEC)
    assert LinearBranch.of(version(**SPEC), weights, TaskOfPooled("mean")) is None
    assert LinearBranch.of(version(**SPEC), weights, TaskOfHead()) is None


def test_products_wake_no_threads_of_blas() -> None:
    """They would spin on the cores that the stem's next pass wants."""
    controller, seen = ThreadpoolController(), []
    before = [one.num_threads for one in controller.select(user_api="blas").lib_controllers]

    class Watched(np.ndarray):
        def __matmul__(self, other):
            seen.extend(one["num_threads"] for one in controller.select(user_api="blas").info())
            return np.asarray(self) @ np.asarray(other)

    product(np.ones((4, 8), np.float32).view(Watched), np.ones((8, 3), np.float32))
    assert set(seen) == {1}
    assert [one["num_threads"] for one in controller.select(user_api="blas").info()] == before
