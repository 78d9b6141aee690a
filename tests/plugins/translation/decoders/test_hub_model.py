"""Our decoder over transformers' encoder is transformers' model again; and what CTranslate2 makes of that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from decoder_pairs import MODELS, SSRU, WIDTH, Pair, make

from trunkline import InvalidInput, WholeOrder, WholeSearch
from trunkline.backends.ctranslate2_conversion import write
from trunkline.backends.ctranslate2_model import CTranslate2Model
from trunkline_translation.decoders import build_decoder
from trunkline_translation.decoders.hub_model import hub_model

SOURCES = ([5, 6, 7, 8, 2], [9, 30, 2], [20, 31, 32, 33, 34, 35, 36, 2])
LONGEST = 9


def whole(pair: Pair) -> Any:
    """Put it together as an import's two parts are; `pair` is in float32 after that."""
    pair.model.float()
    return hub_model(pair.model.get_encoder(), pair.decoder.float(), pair.config)


@pytest.mark.parametrize("name", MODELS)
def test_its_logits_are_those_of_the_model_that_it_came_from(name: str) -> None:
    pair = make(name)
    made, start = whole(pair), pair.config["tokens"]["start"]
    ids, seen = torch.tensor([SOURCES[0]]), torch.tensor([[start, 7, 8, 9]])
    with torch.no_grad():
        ours, theirs = (one(input_ids=ids, decoder_input_ids=seen).logits for one in (made, pair.model))
    assert torch.equal(ours, theirs)


def test_sides_may_be_tuned_apart() -> None:
    """Embeddings that a checkpoint shares are each side's own once one of them has learnt."""
    pair = make("bart")
    ids = torch.tensor([SOURCES[0]])

    def computed() -> tuple[torch.Tensor, torch.Tensor]:
        made = whole(pair)
        with torch.no_grad():
            states = made.get_encoder()(ids).last_hidden_state
            return states.clone(), made(input_ids=ids, decoder_input_ids=ids).logits

    before = computed()
    with torch.no_grad():
        weight = pair.decoder.embedding.tokens.weight
        weight.add_(torch.randn_like(weight))
    after = computed()
    assert torch.equal(before[0], after[0])
    assert not torch.equal(before[1], after[1])


@pytest.mark.parametrize("name", MODELS)
def test_ctranslate2_writes_with_the_same_probabilities(name: str, tmp_path: Path) -> None:
    pair = make(name)
    write(whole(pair), tmp_path, None)
    tokens = pair.config["tokens"]
    fast = CTranslate2Model({file.name: file for file in tmp_path.iterdir()}, "float32", 1)
    orders = [WholeOrder(np.array(source), (), LONGEST) for source in SOURCES]
    for search in (WholeSearch(), WholeSearch(beams=4, alternatives=2, length_penalty=0.7, longest=LONGEST)):
        for source, answers in zip(SOURCES, fast.write(orders, search), strict=True):
            assert len(answers) == search.alternatives
            for one in answers:
                written = [*one.ids, *([tokens["eos"]] if one.finished else [])]
                seen = torch.tensor([[tokens["start"], *written[:-1]]])
                with torch.no_grad():
                    logits = pair.model(input_ids=torch.tensor([source]), decoder_input_ids=seen).logits[0]
                found = logits.log_softmax(-1)[range(len(written)), written].sum().item()
                assert one.log_probability == pytest.approx(found, rel=1e-3, abs=1e-3)
                assert len(written) <= LONGEST
                if search.beams == 1:
                    assert written == logits.argmax(-1).tolist()


def test_a_decoder_that_transformers_lacks_is_named() -> None:
    encoder = make("marian").model.get_encoder()
    with pytest.raises(InvalidInput, match="marian has no decoder with SSRU cells"):
        hub_model(encoder, build_decoder(SSRU, WIDTH), SSRU)
    pair = make("t5")
    with pytest.raises(InvalidInput, match="marian has no decoder with this layout"):
        hub_model(encoder, pair.decoder, pair.config)
