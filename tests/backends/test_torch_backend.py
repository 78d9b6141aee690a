"""The torch backend, against the modules that it runs."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
import torch
from torch import nn

from trunkline import InvalidInput, TrunkInfo, Version
from trunkline.backends.torch_backend import TorchBackend
from trunkline.backends.torch_stem import TorchStem
from trunkline.errors import EnvironmentFault
from trunkline.records import BranchSpec
from trunkline.trunk.batch import TokenBatch
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder

INFO = TrunkInfo(id="t", name="tiny", family="bert", n_layers=3, width=32, max_length=64, config={}, layer_hashes=())


class Head(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(32, 4)

    def forward(self, hidden, mask):
        return {"logits": self.linear(hidden)}


class TaskOfHead:
    def build_head(self, config, width):
        return Head()


def batch(rows: int = 3, length: int = 9) -> TokenBatch:
    source = np.random.default_rng(0)
    mask = np.ones((rows, length), dtype=bool)
    mask[1, 4:] = False
    ids = source.integers(5, 50, (rows, length)) * mask
    return TokenBatch(ids.astype(np.int64), np.zeros_like(ids, dtype=np.int64), mask)


def version(**spec) -> Version:
    return Version(
        task="t", name="n", number=1, trunk_id="t", tuning="layers", head_config={}, created_at=datetime.now(UTC),
        branch=BranchSpec(**spec),
    )  # fmt: skip


def test_layers_run_in_pieces_as_in_one(tiny_trunk) -> None:
    """Stops on the way, and rows left out on the way, change nothing for those that go on."""
    stem = TorchBackend().load_stem(tiny_trunk, INFO)
    whole = stem.advance(stem.embed(batch()), 3)
    pieces = stem.advance(stem.advance(stem.embed(batch()), 1).take(np.array([2, 1])), 3)
    assert (pieces.layer, pieces.rows) == (3, 2)
    np.testing.assert_allclose(pieces.numpy(), whole.numpy()[[2, 1]], atol=1e-5)
    assert stem.advance(whole, 3) is whole
    assert not whole.hidden.requires_grad


@pytest.mark.parametrize(
    "spec",
    [
        {"fork_layer": 1, "branch_layers": 2},
        {"fork_layer": 0, "branch_layers": 1},
        {"fork_layer": 3, "branch_layers": 0},
        {"fork_layer": 2, "branch_layers": 0, "reads": "mix"},
    ],
)
def test_a_saved_branch_runs_as_its_module(tiny_trunk, tmp_path, spec) -> None:
    encoder = Encoder.load(tiny_trunk)
    module = BranchModule(encoder, BranchSpec(**spec), Head()).eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.01  # as if it had been tuned
    module.save(tmp_path / "branch.safetensors")
    backend = TorchBackend()
    stem = backend.load_stem(tiny_trunk, INFO)
    branch = backend.load_branch(stem, version(**spec), tmp_path / "branch.safetensors", TaskOfHead())
    states = {0: stem.embed(batch())}
    for layer in range(1, 4):
        states[layer] = stem.advance(states[layer - 1], layer)
    found = branch.run({layer: states[layer] for layer in branch.reads})
    with torch.inference_mode():
        expected = module([states[layer].hidden for layer in module.reads], states[0].seen)
    np.testing.assert_allclose(found["logits"], expected["logits"].numpy(), atol=1e-6)
    assert found["logits"].dtype == np.float32


def test_bfloat16_is_near_and_gives_fp32(tiny_trunk, tmp_path) -> None:
    exact, rough = (TorchBackend(precision).load_stem(tiny_trunk, INFO) for precision in ("fp32", "bf16"))
    expected, found = (stem.advance(stem.embed(batch()), 3).numpy() for stem in (exact, rough))
    assert found.dtype == np.float32
    assert 0 < np.abs(found - expected).max() < 0.2


def test_precision_that_it_has_not() -> None:
    with pytest.raises(InvalidInput, match="fp32 or bf16, not in 'int8'"):
        TorchBackend("int8")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there() -> None:
    with pytest.raises(EnvironmentFault, match=r"'cuda:1': torch .* finds 0 GPUs here"):
        TorchBackend(device="cuda:1")


def test_everything_is_computed_where_the_weights_are(tiny_trunk) -> None:
    """Torch's device without memory stands for a GPU: tensors left behind on the CPU do not meet with its own."""
    stem = TorchStem(Encoder.load(tiny_trunk).to("meta").eval().requires_grad_(False), INFO, None)
    states = stem.advance(stem.embed(batch()), 3)
    resumed = stem.advance(stem.resume(batch(), 1, np.zeros((*batch().ids.shape, INFO.width), np.float32)), 3)
    module = BranchModule(stem.encoder, BranchSpec(fork_layer=2, branch_layers=1), Head()).to("meta")
    assert {states.hidden.device.type, resumed.hidden.device.type} == {"meta"}
    assert states.take(np.array([0])).hidden.device.type == "meta"
    with torch.inference_mode():
        assert {tensor.device.type for tensor in module([states.hidden], states.seen).values()} == {"meta"}


def test_threads_are_set_once_for_the_process() -> None:
    before = torch.get_num_threads()
    try:
        TorchBackend(threads=before + 1)
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)


def test_states_that_were_kept_go_on_as_if_they_had_just_been_computed(tiny_trunk) -> None:
    stem = TorchBackend().load_stem(tiny_trunk, INFO)
    for layer in range(4):
        kept = stem.advance(stem.embed(batch()), layer).raw()
        resumed = stem.resume(batch(), layer, kept)
        assert (resumed.layer, resumed.rows) == (layer, 3)
        np.testing.assert_array_equal(resumed.raw(), kept)
        expected = stem.advance(stem.advance(stem.embed(batch()), layer), 3).numpy()
        np.testing.assert_array_equal(stem.advance(resumed, 3).numpy(), expected)
