from __future__ import annotations

from typing import Any

import pytest

from marian_files import settings
from trunkline import InvalidInput
from trunkline_translation.bergamot.architecture import Architecture


def test_sizes_are_read() -> None:
    plan = Architecture.of(settings(), "model.bin")
    assert (plan.width, plan.heads, plan.ffn, plan.decoder_ffn) == (16, 2, 24, 24)
    assert (plan.encoder_layers, plan.decoder_layers, plan.vocabulary, plan.target_vocabulary) == (2, 2, 60, 60)
    assert plan.activation == "relu"
    assert plan.one_embedding
    assert plan.tied_output
    assert plan.output_bias


def test_what_varies_is_read() -> None:
    changes = {
        "tied-embeddings-all": False,
        "tied-embeddings": True,
        "dim-vocabs": [50, 70],
        "transformer-ffn-activation": "swish",
        "transformer-decoder-dim-ffn": 32,
        "output-omit-bias": True,
    }
    plan = Architecture.of(settings(**changes), "model.bin")
    assert (plan.one_embedding, plan.tied_output, plan.output_bias) == (False, True, False)
    assert (plan.vocabulary, plan.target_vocabulary, plan.decoder_ffn, plan.activation) == (50, 70, 32, "silu")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": "s2s"}, "type is 's2s' .supported: 'transformer'."),
        ({"dec-cell": "gru"}, "dec-cell is 'gru'"),
        ({"transformer-decoder-autoreg": "self-attention"}, "transformer-decoder-autoreg is 'self-attention'"),
        ({"transformer-decoder-autoreg": "average-attention"}, "autoreg is 'average-attention'"),
        ({"transformer-preprocess": "n"}, "transformer-preprocess is 'n'"),
        ({"transformer-postprocess": "da"}, "transformer-postprocess is 'da'"),
        ({"transformer-postprocess-top": "n"}, "transformer-postprocess-top is 'n'"),
        ({"transformer-postprocess-emb": "dn"}, "transformer-postprocess-emb is 'dn'"),
        ({"transformer-ffn-activation": "glu"}, "activation is 'glu' .supported: relu or swish."),
        ({"transformer-ffn-activation": ["relu"]}, "activation is"),
        ({"transformer-ffn-depth": 3}, "transformer-ffn-depth is 3"),
        ({"transformer-train-position-embeddings": True}, "train-position-embeddings is True"),
        ({"transformer-tied-layers": [1, 1]}, "tied-layers is .1, 1."),
        ({"lemma-dim-emb": 8}, "lemma-dim-emb is 8"),
        ({"right-left": 1}, "right-left is 1"),
        ({"dim-emb": 15}, "does not part into 2 heads"),
        ({"dim-emb": 10**9}, "dim-emb is 1000000000 .supported: 1 to 8192."),
        ({"dim-emb": "16"}, "dim-emb is '16'"),
        ({"enc-depth": 0}, "enc-depth is 0"),
        ({"dec-depth": True}, "dec-depth is True"),
        ({"transformer-decoder-dim-ffn": -1}, "transformer-decoder-dim-ffn is -1"),
        ({"dim-vocabs": [60]}, "dim-vocabs is .60."),
        ({"dim-vocabs": [50, 60]}, "vocabularies of two sizes"),
    ],
)
def test_what_is_not_supported_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Architecture.of(settings(**changes), "model.bin")


def test_all_that_is_not_supported_is_named_at_once() -> None:
    with pytest.raises(InvalidInput, match=r"type is 's2s'.*dec-cell is 'gru'.*dim-emb is None"):
        Architecture.of({"type": "s2s", "dec-cell": "gru"}, "model.bin")


def test_what_must_be_stated_is_not_guessed() -> None:
    values = settings()
    del values["transformer-postprocess"]
    with pytest.raises(InvalidInput, match="transformer-postprocess is not stated"):
        Architecture.of(values, "model.bin")
