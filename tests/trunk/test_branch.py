"""A branch trains alone, keeps only its own tensors, and comes back from disk as it was."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from encoders import batch, reference
from trunkline.errors import InvalidInput, TrunklineError
from trunkline.records import BranchSpec
from trunkline.trunk.branch import BranchModule, Mix
from trunkline.trunk.encoder import Encoder


class Linear(nn.Module):
    """A head of one product."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.linear = nn.Linear(width, 3)

    def forward(self, hidden: Tensor, mask: Tensor) -> dict[str, Tensor]:
        return {"logits": self.linear(hidden)}


@pytest.fixture(scope="module", params=["bert", "modernbert", "deberta-conv", "mbart", "t5"])
def encoder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    folder = tmp_path_factory.mktemp("branch")
    reference(request.param).save_pretrained(folder)
    return Encoder.load(folder)


def states_below(encoder: Encoder, fork: int) -> tuple[list[Tensor], Tensor]:
    ids, type_ids, mask = batch()
    with torch.no_grad():
        states = [encoder.embed(ids, type_ids, mask)]
        for layer in range(fork):
            states.append(encoder.advance(states[-1], mask, layer, layer + 1))
    return states, mask


@pytest.mark.parametrize("reads", ["last", "mix"])
@pytest.mark.parametrize(("fork", "length"), [(0, 2), (2, 1), (4, 0)])
def test_saved_and_loaded_it_answers_the_same(
    encoder: Encoder, tmp_path: Path, reads: str, fork: int, length: int
) -> None:
    spec = BranchSpec(fork_layer=fork, branch_layers=length, reads=reads)
    torch.manual_seed(0)
    branch = BranchModule(encoder, spec, Linear())
    with torch.no_grad():
        for parameter in branch.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    branch.save(tmp_path / "branch.safetensors")
    torch.manual_seed(1)
    other = BranchModule(encoder, spec, Linear())
    other.load_weights(tmp_path / "branch.safetensors")
    states, mask = states_below(encoder, fork)
    states = [states[layer] for layer in branch.reads]
    with torch.no_grad():
        expected = branch.eval()(states, mask)["logits"]
        assert torch.equal(expected, other.eval()(states, mask)["logits"])
    assert branch.reads == (tuple(range(fork + 1)) if reads == "mix" else (fork,))


def test_only_what_is_its_own_is_stored(encoder: Encoder) -> None:
    branch = BranchModule(encoder, BranchSpec(fork_layer=1, branch_layers=2, reads="mix"), Linear())
    kinds = {name.split(".")[0] for name in branch.state_dict()}
    assert kinds - {"norm"} == {"mix", "layers", "head"}
    assert ("norm" in kinds) == (encoder.family.final_norm is not None)
    assert {name.split(".")[1] for name in branch.state_dict() if name.startswith("layers.")} == {"0", "1"}
    own = {parameter.data_ptr() for parameter in branch.parameters()}
    assert not own & {parameter.data_ptr() for parameter in encoder.parameters()}


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_training_moves_the_branch_and_never_the_encoder(encoder: Encoder, precision: str) -> None:
    before = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    branch = BranchModule(encoder, BranchSpec(fork_layer=1, branch_layers=2, reads="mix"), Linear())
    start = {name: tensor.clone() for name, tensor in branch.state_dict().items()}
    states, mask = states_below(encoder, 1)
    optimizer = torch.optim.SGD(branch.parameters(), lr=0.1)
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        logits = branch(states, mask)["logits"]
    loss = logits.float()[mask].square().mean()
    loss.backward()
    optimizer.step()
    assert torch.isfinite(loss)
    still = {"mix.scale"} if encoder.family.final_norm is not None else set()  # a norm behind it takes a scale away
    for name, tensor in branch.state_dict().items():
        assert torch.isfinite(tensor).all()
        assert not torch.equal(tensor, start[name]) or name.endswith("bias") or name in still, name
    assert all(torch.equal(tensor, before[name]) for name, tensor in encoder.state_dict().items())
    assert all(parameter.grad is None for parameter in encoder.parameters())


def test_dropout_is_the_branch_s_alone(tmp_path: Path) -> None:
    reference("bert").save_pretrained(tmp_path)
    encoder = Encoder.load(tmp_path)
    branch = BranchModule(encoder, BranchSpec(fork_layer=2, branch_layers=1), Linear()).train()
    (first, *_), mask = states_below(encoder, 2)
    assert torch.equal(states_below(encoder, 2)[0][-1], states_below(encoder, 2)[0][-1]), "the stem has no dropout"
    with torch.no_grad():
        assert not torch.equal(branch([first], mask)["logits"], branch([first], mask)["logits"])
        branch.eval()
        assert torch.equal(branch([first], mask)["logits"], branch([first], mask)["logits"])


def test_mix_is_the_formula_of_elmo() -> None:
    mix = Mix(3)
    with torch.no_grad():
        mix.weights.copy_(torch.tensor([0.0, 1.0, 2.0]))
        mix.scale.fill_(1.5)
    states = [torch.randn(2, 3, 4) for _ in range(3)]
    shares = torch.softmax(torch.tensor([0.0, 1.0, 2.0]), 0)
    expected = 1.5 * sum(share * state for share, state in zip(shares, states, strict=True))
    assert torch.allclose(mix(states), expected)


def test_weights_of_another_branch_are_refused_by_name(encoder: Encoder, tmp_path: Path) -> None:
    path = tmp_path / "branch.safetensors"
    BranchModule(encoder, BranchSpec(fork_layer=1, branch_layers=2), Linear()).save(path)
    with pytest.raises(InvalidInput, match=r"it has layers\.1\..* besides"):
        BranchModule(encoder, BranchSpec(fork_layer=1, branch_layers=1), Linear()).load_weights(path)
    with pytest.raises(InvalidInput, match=r"it lacks layers\.2\."):
        BranchModule(encoder, BranchSpec(fork_layer=1, branch_layers=3), Linear()).load_weights(path)
    other = Linear()
    other.linear = nn.Linear(32, 5)
    with pytest.raises(InvalidInput, match=r"head\.linear\.weight has shape \(3, 32\) where \(5, 32\)"):
        BranchModule(encoder, BranchSpec(fork_layer=1, branch_layers=2), other).load_weights(path)


@pytest.mark.parametrize("content", [b"", b"\x08", struct.pack("<Q", 2**40) + b"{}", struct.pack("<Q", 2) + b"[]"])
def test_a_broken_file_is_an_error_of_ours(encoder: Encoder, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "branch.safetensors"
    path.write_bytes(content)
    with pytest.raises(TrunklineError):
        BranchModule(encoder, BranchSpec(fork_layer=4, branch_layers=0), Linear()).load_weights(path)


@pytest.mark.parametrize(("fork", "length"), [(-1, 0), (5, 0), (3, 2), (0, -1)])
def test_a_branch_outside_the_trunk_is_refused(encoder: Encoder, fork: int, length: int) -> None:
    with pytest.raises(InvalidInput, match=r"the trunk has"):
        BranchModule(encoder, BranchSpec(fork_layer=fork, branch_layers=length), Linear())
