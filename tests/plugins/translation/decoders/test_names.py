"""Names of tensors: every one of the decoder's has its place in a checkpoint of transformers, and comes back."""

from __future__ import annotations

import pytest
from decoder_pairs import Pair

from trunkline import InvalidInput
from trunkline_translation.decoders import hub_names, tensor_names


def test_every_tensor_has_a_name_in_transformers_of_its_own_shape(pair: Pair) -> None:
    theirs = pair.model.state_dict()
    ours = pair.decoder.state_dict()
    names = hub_names(pair.config)
    assert set(names) == set(ours)
    assert {name: theirs[names[name]].shape for name in ours} == {name: ours[name].shape for name in ours}


def test_names_come_back(pair: Pair) -> None:
    names = hub_names(pair.config)
    encoder = [name for name in pair.model.state_dict() if ".encoder." in f".{name}"]
    back = tensor_names([*names.values(), *encoder], pair.config)
    assert back == {theirs: ours for ours, theirs in names.items()}


def test_the_embedding_may_lie_where_it_is_shared(pair: Pair) -> None:
    names = set(hub_names(pair.config).values())
    own = next(name for name in names if name.endswith("decoder.embed_tokens.weight"))
    shared = own.replace("decoder.embed_tokens", "shared")
    assert tensor_names(names - {own} | {shared}, pair.config)[shared] == "embedding.tokens.weight"


def test_what_is_missing_is_named(pair: Pair) -> None:
    names = set(hub_names(pair.config).values())
    lost = sorted(name for name in names if "decoder" in name)[3]
    with pytest.raises(InvalidInput, match=f"lacks {lost}: it is incomplete"):
        tensor_names(names - {lost}, pair.config)


def test_a_recurrent_decoder_has_no_hugging_face_form() -> None:
    with pytest.raises(InvalidInput, match="no decoder with SSRU cells"):
        hub_names({"kind": "ssru"})
