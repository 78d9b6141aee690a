"""Our decoders against transformers' own, and their steps against whole targets."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from decoder_pairs import Pair
from torch import Tensor

from trunkline import InvalidInput
from trunkline_translation.decoders import build_decoder
from trunkline_translation.decoders.decoder import Decoder

Memories = Callable[..., tuple[Tensor, Tensor]]
NEAR = {"rtol": 0.0, "atol": 1e-10}


def targets(count: int, length: int, seed: int = 1) -> Tensor:
    """Give random ids that are never padding or special."""
    return torch.randint(5, 40, (count, length), generator=torch.Generator().manual_seed(seed))


def test_whole_targets_have_the_logits_of_transformers(pair: Pair, memories: Memories) -> None:
    memory, seen = memories(5, 9, 1)
    ids = targets(3, 12)
    ids[:, 0] = pair.config["tokens"]["start"]
    ours = pair.decoder.teach(memory, seen, ids)
    torch.testing.assert_close(ours, pair.reference(memory, seen, ids), **NEAR)
    assert ours.abs().mean() > 0.1  # the weights are large enough that a lost part would show


def test_steps_have_the_logits_of_whole_targets(decoder: Decoder, memories: Memories) -> None:
    memory, seen = memories(5, 9, 1)
    ids = targets(3, 70)[:, : 30 if decoder.recurrent else 70]
    ids[:, 0] = decoder.config.tokens.start
    whole = decoder.teach(memory, seen, ids)
    cache = decoder.start(memory, seen)
    for place in range(ids.shape[1]):
        torch.testing.assert_close(decoder.step(ids[:, place], cache), whole[:, place], **NEAR)


def test_padding_of_a_memory_changes_nothing(decoder: Decoder, memories: Memories) -> None:
    memory, seen = memories(4, 9)
    ids = targets(2, 6)
    alone = decoder.teach(memory[:1, :4], seen[:1, :4], ids[:1])
    torch.testing.assert_close(decoder.teach(memory, seen, ids)[:1], alone, **NEAR)


def test_gradients_reach_every_weight_and_the_memory(decoder: Decoder, memories: Memories) -> None:
    memory, seen = memories(4, 6)
    memory.requires_grad_()
    decoder.train().teach(memory, seen, targets(2, 5)).logsumexp(-1).sum().backward()
    assert memory.grad is not None
    assert (memory.grad[seen] != 0).any(dim=-1).all()
    assert not memory.grad[~seen].any()
    for name, parameter in decoder.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.any() or name.endswith("key.bias"), name  # softmax does not see a bias of all keys


def test_dropout_is_the_configuration_s_and_only_in_training(pair: Pair, memories: Memories) -> None:
    decoder, (memory, seen), ids = pair.decoder, memories(4, 6), targets(2, 5)
    still = decoder.teach(memory, seen, ids)
    assert not torch.equal(decoder.train().teach(memory, seen, ids), still)
    cache = decoder.start(memory, seen)
    torch.testing.assert_close(decoder.step(ids[:, 0], cache), still[:, 0], **NEAR)
    assert torch.equal(decoder.eval().teach(memory, seen, ids), still)


def test_forward_gives_the_memory_to_keep(decoder: Decoder, memories: Memories) -> None:
    memory, seen = memories(4, 6)
    assert decoder(memory, seen)["memory"] is memory


def test_learned_positions_end(pair: Pair, memories: Memories) -> None:
    decoder, (memory, seen) = pair.decoder, memories(2)
    if pair.config.get("positions") != "learned":
        assert decoder.teach(memory, seen, targets(1, 90)).shape == (1, 90, 41)
        return
    with pytest.raises(InvalidInput, match="target token 81: the decoder learned 80 positions"):
        decoder.teach(memory, seen, targets(1, 81))


def test_packed_weights_change_no_float32_logits(decoder: Decoder, memories: Memories) -> None:
    memory, seen = memories(5, 9, 1)
    decoder, ids = decoder.float(), targets(3, 6)
    whole = decoder.teach(memory.float(), seen, ids)
    prepared = decoder.prepare()
    cache = prepared.start(memory, seen)
    for place in range(ids.shape[1]):
        logits = prepared.step(ids[:, place], cache)
        assert logits.dtype == torch.float32
        torch.testing.assert_close(logits, whole[:, place], rtol=1e-4, atol=1e-4)


def test_a_configuration_that_does_not_fit_is_told(pair: Pair) -> None:
    with pytest.raises(InvalidInput, match="decoder configuration, kind"):
        build_decoder({**pair.config, "kind": "lstm"}, 16)
    with pytest.raises(InvalidInput, match="colour"):
        build_decoder({**pair.config, "colour": 1}, 16)
    with pytest.raises(InvalidInput, match="eos is 41, but the vocabulary ends at 40"):
        build_decoder({**pair.config, "tokens": {**pair.config["tokens"], "eos": 41}}, 16)
    if pair.config["kind"] != "t5":
        with pytest.raises(InvalidInput, match="width 18 is no multiple of its 4 heads"):
            build_decoder(pair.config, 18)
