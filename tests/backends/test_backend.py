"""What every backend owes, held against torch in fp32: the same pieces, the same numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pieces_samples import INFO, Pooled, TaskOfHead, TaskOfPooled, tokens, version, write_branch

from trunkline.backends.backend import Backend
from trunkline.backends.linear import LinearBranch
from trunkline.backends.onnxruntime_backend import OnnxRuntimeBackend
from trunkline.backends.openvino_backend import OpenVinoBackend
from trunkline.backends.torch_backend import TorchBackend

SPECS: list[dict[str, Any]] = [
    {"fork_layer": 1, "branch_layers": 2},
    {"fork_layer": 0, "branch_layers": 1},
    {"fork_layer": 3, "branch_layers": 0},
    {"fork_layer": 2, "branch_layers": 0, "reads": "mix"},
]


@pytest.fixture(params=[OpenVinoBackend, OnnxRuntimeBackend])
def fast(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return request.param(tmp_path / "cache", "fp32", threads=1)


def test_layers_run_in_pieces_as_in_one(fast: Backend, tiny_trunk: Path) -> None:
    """Stops on the way, and rows left out on the way, change nothing for those that go on."""
    stem = fast.load_stem(tiny_trunk, INFO)
    exact = TorchBackend().load_stem(tiny_trunk, INFO)
    whole = stem.advance(stem.embed(tokens()), 3)
    pieces = stem.advance(stem.advance(stem.embed(tokens()), 1).take(np.array([2, 1])), 3)
    assert (pieces.layer, pieces.rows) == (3, 2)
    np.testing.assert_allclose(pieces.numpy(), whole.numpy()[[2, 1]], atol=1e-6)
    assert stem.advance(whole, 3) is whole
    for layer in range(4):
        expected = exact.advance(exact.embed(tokens()), layer).numpy()
        given = stem.embed(tokens()) if layer == 0 else stem.advance(stem.embed(tokens()), layer)
        np.testing.assert_allclose(given.numpy()[tokens().mask], expected[tokens().mask], atol=1e-5)
    assert not stem.embed(tokens()).take(np.array([0])).numpy()[0, 9:].size


def test_states_that_were_kept_go_on_as_if_they_had_just_been_computed(fast: Backend, tiny_trunk: Path) -> None:
    stem = fast.load_stem(tiny_trunk, INFO)
    for layer in range(4):
        kept = stem.advance(stem.embed(tokens()), layer).raw()
        resumed = stem.resume(tokens(), layer, kept)
        assert (resumed.layer, resumed.rows) == (layer, 3)
        np.testing.assert_array_equal(resumed.raw(), kept)
        expected = stem.advance(stem.advance(stem.embed(tokens()), layer), 3).numpy()
        np.testing.assert_allclose(stem.advance(resumed, 3).numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("spec", SPECS)
def test_a_branch_says_what_torch_says(fast: Backend, tiny_trunk: Path, tmp_path: Path, spec: dict[str, Any]) -> None:
    weights = write_branch(tmp_path, tiny_trunk, **spec)
    said = []
    for backend in (fast, TorchBackend()):
        stem = backend.load_stem(tiny_trunk, INFO)
        branch = backend.load_branch(stem, version(**spec), weights, TaskOfHead())
        assert branch.fork_layer == spec["fork_layer"]
        states, at = {}, stem.embed(tokens())
        for layer in range(4):
            states[layer] = at = stem.advance(at, layer)
        said.append(branch.run({layer: states[layer] for layer in branch.reads}))
    ours, theirs = said
    assert ours.keys() == theirs.keys()
    np.testing.assert_allclose(ours["pooled"], theirs["pooled"], atol=1e-5)
    np.testing.assert_allclose(ours["tags"][tokens().mask], theirs["tags"][tokens().mask], atol=1e-5)
    assert {array.dtype for array in ours.values()} == {np.dtype(np.float32)}


def test_outputs_stay_as_they_are_when_the_next_batch_runs(fast: Backend, tiny_trunk: Path) -> None:
    stem = fast.load_stem(tiny_trunk, INFO)
    first = stem.advance(stem.embed(tokens()), 2).numpy()
    kept = first.copy()
    stem.advance(stem.embed(tokens(7, 30)), 2)
    stem.advance(stem.embed(tokens(3, 9)), 2)
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("pooling", ["mean", "first", "none"])
def test_a_linear_head_needs_no_graph_and_says_what_torch_says(
    fast: Backend, tiny_trunk: Path, tmp_path: Path, pooling: str
) -> None:
    spec: dict[str, Any] = {"fork_layer": 2, "branch_layers": 0}
    weights = write_branch(tmp_path, tiny_trunk, Pooled(pooling), **spec)
    said = []
    for backend in (fast, TorchBackend()):
        stem = backend.load_stem(tiny_trunk, INFO)
        branch = backend.load_branch(stem, version(**spec), weights, TaskOfPooled(pooling))
        assert isinstance(branch, LinearBranch) is (backend is fast)
        said.append(branch.run({2: stem.advance(stem.embed(tokens()), 2)})["logits"])
    real = tokens().mask if pooling == "none" else slice(None)
    np.testing.assert_allclose(said[0][real], said[1][real], atol=1e-5)
    assert not list((tmp_path / "cache").rglob("*branch*"))


@pytest.mark.parametrize("spec", SPECS[:2] + SPECS[3:])
def test_a_linear_head_above_layers_or_a_mix_is_a_graph(
    fast: Backend, tiny_trunk: Path, tmp_path: Path, spec: dict[str, Any]
) -> None:
    weights = write_branch(tmp_path, tiny_trunk, Pooled("mean"), **spec)
    branch = fast.load_branch(fast.load_stem(tiny_trunk, INFO), version(**spec), weights, TaskOfPooled("mean"))
    assert not isinstance(branch, LinearBranch)
