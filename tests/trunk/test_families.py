"""Every family, layer by layer, against transformers' own forward."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from encoders import CASES, TRANSLATORS, batch, reference
from trunkline.records import BranchSpec
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder

TOLERANCE = 1e-5


class ReadAll(nn.Module):
    """A head that gives what it reads."""

    def forward(self, hidden: Tensor, mask: Tensor) -> dict[str, Tensor]:
        return {"hidden": hidden}


@pytest.fixture(scope="module", params=sorted(CASES))
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Encoder]:

    folder = tmp_path_factory.mktemp(request.param)
    model = reference(request.param)
    model.save_pretrained(folder)
    return model, Encoder.load(folder)


@pytest.fixture(scope="module")
def truth(pair: tuple[Any, Encoder]) -> tuple[list[Tensor], Tensor, Tensor]:
    """The reference's states at every layer before the final norm, its last hidden state, and the layer-0 check."""

    model, _ = pair
    ids, type_ids, mask = batch()
    inputs = {"input_ids": ids, "attention_mask": mask.long()}
    if model.config.model_type in ("bert", "deberta-v2"):
        inputs["token_type_ids"] = type_ids
    with torch.no_grad():
        output = model(**inputs, output_hidden_states=True)
    return list(output.hidden_states), output.last_hidden_state, mask


def close(ours: Tensor, theirs: Tensor, mask: Tensor) -> None:
    assert torch.isfinite(ours).all(), "NaN or infinity, padding included"
    assert (ours - theirs)[mask].abs().max() <= TOLERANCE


def test_stem_equals_the_reference_at_every_layer(pair: tuple[Any, Encoder], truth: Any) -> None:

    _, encoder = pair
    states, last, mask = truth
    ids, type_ids, _ = batch()
    with torch.no_grad():
        hidden = encoder.embed(ids, type_ids, mask)
        for layer in range(encoder.n_layers):
            close(hidden, states[layer], mask)
            hidden = encoder.advance(hidden, mask, layer, layer + 1)
        close(encoder.finish(hidden), last, mask)
        close(encoder(ids, type_ids, mask), last, mask)


def test_every_tensor_is_made_where_the_weights_are(pair: tuple[Any, Encoder]) -> None:
    """Torch's device without memory stands for a GPU: what is left behind on the CPU does not meet with its tensors."""

    encoder = deepcopy(pair[1]).to("meta")
    ids, type_ids, mask = (part.to("meta") for part in batch())
    hidden = encoder.finish(encoder.advance(encoder.embed(ids, type_ids, mask), mask, 0, encoder.n_layers))
    assert hidden.device.type == "meta"


def test_branch_from_every_fork_equals_the_reference(pair: tuple[Any, Encoder], truth: Any) -> None:

    _, encoder = pair
    states, last, mask = truth
    ids, type_ids, _ = batch()
    n = encoder.n_layers
    for fork in range(n + 1):
        with torch.no_grad():
            stem = encoder.advance(encoder.embed(ids, type_ids, mask), mask, 0, fork)
            whole = BranchModule(encoder, BranchSpec(fork_layer=fork, branch_layers=n - fork), ReadAll()).eval()
            close(whole([stem], mask)["hidden"], last, mask)
            for length in range(n - fork):  # a shorter branch ends in the final norm as well
                short = BranchModule(encoder, BranchSpec(fork_layer=fork, branch_layers=length), ReadAll()).eval()
                expected = encoder.finish(states[fork + length])
                close(short([stem], mask)["hidden"], expected, mask)


def test_answers_do_not_depend_on_padding(pair: tuple[Any, Encoder]) -> None:

    _, encoder = pair
    ids, type_ids, mask = batch()
    with torch.no_grad():
        together = encoder(ids, type_ids, mask)
        for row, length in enumerate(mask.sum(dim=1).tolist()):
            part = slice(row, row + 1), slice(0, length)
            alone = encoder(ids[part], type_ids[part], mask[part])
            assert (alone[0] - together[row, :length]).abs().max() <= TOLERANCE


@pytest.mark.parametrize("case", TRANSLATORS)
def test_the_encoder_of_a_model_that_translates_is_the_same_to_the_last_digits(case: str, tmp_path: Path) -> None:
    """In double precision, of what the whole model saved; no decoder is made, no tensor of a formula is kept."""
    theirs = reference(case)
    theirs.save_pretrained(tmp_path)
    ours = Encoder.load(tmp_path).double()
    theirs.double()
    ids, type_ids, mask = batch()
    with torch.no_grad():
        truth = theirs(input_ids=ids, attention_mask=mask.long(), output_hidden_states=True)
        hidden = ours.embed(ids, type_ids, mask)
        for layer in range(ours.n_layers):
            assert (hidden - truth.hidden_states[layer])[mask].abs().max() <= 1e-12
            hidden = ours.advance(hidden, mask, layer, layer + 1)
        assert (ours.finish(hidden) - truth.last_hidden_state)[mask].abs().max() <= 1e-12
    assert not any("decoder" in name for name, _ in ours.named_parameters())


def test_what_all_layers_of_t5_add_is_the_encoders_and_not_a_branchs(tmp_path: Path) -> None:
    reference("t5").save_pretrained(tmp_path)
    encoder = Encoder.load(tmp_path)
    branch = BranchModule(encoder, BranchSpec(fork_layer=0, branch_layers=2), ReadAll())
    assert not any("relative" in name for name in branch.state_dict())
    assert any("relative" in name for name in encoder.state_dict()), "the encoder's own layer still has it"


def test_what_an_encoder_has_not_is_no_reason_for_a_warning(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    reference("marian").save_pretrained(tmp_path)
    capfd.readouterr()
    Encoder.load(tmp_path)
    assert capfd.readouterr() == ("", "")
