"""The stem is frozen, deterministic, and says where it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from encoders import batch, reference
from trunkline.errors import InvalidInput, TrunkError
from trunkline.trunk.encoder import Encoder


def test_it_is_loaded_frozen_and_without_dropout(tiny_trunk: Path) -> None:
    encoder = Encoder.load(tiny_trunk)
    assert (encoder.n_layers, encoder.width) == (3, 32)
    assert not encoder.training
    assert not any(parameter.requires_grad for parameter in encoder.parameters())


def test_layers_in_parts_are_the_layers_at_once(tiny_trunk: Path) -> None:
    encoder = Encoder.load(tiny_trunk)
    ids, type_ids, mask = batch()
    hidden = encoder.embed(ids, type_ids, mask)
    parts = encoder.advance(encoder.advance(hidden, mask, 0, 1), mask, 1, 3)
    assert torch.equal(parts, encoder.advance(hidden, mask, 0, 3))
    assert encoder.advance(hidden, mask, 2, 2) is hidden


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (2, 1), (0, 4)])
def test_layers_that_there_are_not(tiny_trunk: Path, start: int, stop: int) -> None:
    encoder = Encoder.load(tiny_trunk)
    ids, type_ids, mask = batch()
    with pytest.raises(InvalidInput, match="layers 0 to 3"):
        encoder.advance(encoder.embed(ids, type_ids, mask), mask, start, stop)


def test_all_of_it_can_train(tiny_trunk: Path) -> None:
    encoder = Encoder.load(tiny_trunk).requires_grad_(True).train()
    ids, type_ids, mask = batch()
    with torch.autocast("cpu", torch.bfloat16):
        hidden = encoder(ids, type_ids, mask)
    hidden.float()[mask].square().mean().backward()
    assert all(parameter.grad is not None for parameter in encoder.parameters())


def test_a_padding_token_in_a_roberta_text_does_not_shift_positions(tmp_path: Path) -> None:
    reference("roberta").save_pretrained(tmp_path)
    encoder = Encoder.load(tmp_path)
    ids, type_ids, mask = batch((6,))
    with torch.no_grad():
        before = encoder.embed(ids, type_ids, mask)
        ids[0, 2] = 1  # the padding token, as a token of the text
        after = encoder.embed(ids, type_ids, mask)
    assert torch.equal(before[0, 3:], after[0, 3:])


def test_a_roberta_without_token_types_takes_a_bert_template(tmp_path: Path) -> None:
    reference("roberta").save_pretrained(tmp_path)
    encoder = Encoder.load(tmp_path)
    ids, type_ids, mask = batch()
    with torch.no_grad():
        assert torch.equal(encoder.embed(ids, torch.ones_like(ids), mask), encoder.embed(ids, type_ids, mask))


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(TrunkError):
        Encoder.load(tmp_path)
