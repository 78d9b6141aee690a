"""Hidden states in Python equal transformers', text by text."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers import MarianTokenizer

from translators import marian_folder
from trunkline.errors import InvalidInput
from trunkline.settings import Settings
from trunkline.trunk.folder import import_trunk
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.source import find
from trunkline.trunk.trunk import Trunk

TEXTS = ["my order 12 is late, please help!", "", "thank you", "cancel the card " * 9, "Ada met Babbage in London."]


def theirs(folder: Path, text: str, pair: str | None, layer: int) -> NDArray[np.float32]:
    """The states of one text at one layer, special tokens included, from transformers alone."""
    from transformers import AutoModel, AutoTokenizer

    tokens = AutoTokenizer.from_pretrained(folder)(text, pair, return_tensors="pt", return_token_type_ids=True)
    model = AutoModel.from_pretrained(folder).eval()
    with torch.no_grad():
        output = model(**tokens, output_hidden_states=True)
    states = output.last_hidden_state if layer == len(output.hidden_states) - 1 else output.hidden_states[layer]
    return np.asarray(states[0])


@pytest.fixture(scope="module")
def trunk(tiny_trunk: Path) -> Trunk:
    return Trunk.load(str(tiny_trunk), Settings(batch_tokens=64))


@pytest.mark.parametrize("layer", [0, 1, 3])
def test_equal_to_transformers(trunk: Trunk, tiny_trunk: Path, layer: int) -> None:
    for text, (states,) in zip(TEXTS, trunk.hidden_states(TEXTS, layers=[layer]), strict=True):
        expected = theirs(tiny_trunk, text, None, layer)
        assert np.abs(states.pooled("first") - expected[0]).max() <= 1e-5
        assert np.abs(states.pooled("mean") - expected.mean(axis=0)).max() <= 1e-5
        assert states.tokens.shape == expected[1:-1].shape
        assert np.abs(states.pooled("none") - expected[1:-1]).max(initial=0) <= 1e-5
        assert len(states.offsets) == len(states.tokens)


def test_pairs_and_the_order_of_layers(trunk: Trunk, tiny_trunk: Path) -> None:
    (states,) = trunk.hidden_states([EncoderInput("where is it", "on monday")], layers=[-1, 0])
    assert [state.layer for state in states] == [3, 0]
    expected = theirs(tiny_trunk, "where is it", "on monday", 3)
    assert np.abs(states[0].mean - expected.mean(axis=0)).max() <= 1e-5


def test_a_long_text_is_read_in_windows(trunk: Trunk) -> None:
    text = "my order is late, please help. " * 375
    (states,), (short,) = trunk.hidden_states([text, "my order is late"])
    assert states.tokens.shape == (3000, 32)
    assert np.isfinite(states.tokens).all()
    assert [text[start:end] for start, end in states.offsets[:4]] == ["my", "order", "is", "late"]
    assert not np.array_equal(states.tokens[:4], short.tokens)


@pytest.mark.parametrize("layer", [4, -5])
def test_a_layer_that_there_is_not(trunk: Trunk, layer: int) -> None:
    with pytest.raises(InvalidInput, match="layers 0 to 3"):
        trunk.hidden_states(["x"], layers=[layer])


def test_nothing_asked_nothing_answered(trunk: Trunk) -> None:
    assert trunk.hidden_states([]) == []
    assert trunk.hidden_states(["x"], layers=[]) == [[]]


def test_it_has_the_id_that_an_import_gives(trunk: Trunk, tiny_trunk: Path, tmp_path: Path) -> None:
    assert trunk.info == import_trunk(tiny_trunk, tmp_path / "trunk", str(tiny_trunk))


def test_the_real_minilm_tells_sentences_apart() -> None:
    trunk = Trunk.load("minilm")
    assert (trunk.info.n_layers, trunk.info.width, trunk.info.max_length) == (6, 384, 256)
    texts = ["How do I cancel my order?", "I want to call off my purchase.", "The Eiffel Tower is in Paris."]
    answers = trunk.hidden_states(texts, layers=[6, 3])
    folder = find("minilm")
    for text, (last, middle) in zip(texts, answers, strict=True):
        assert np.abs(last.mean - theirs(folder, text, None, 6).mean(axis=0)).max() <= 1e-5
        assert np.abs(middle.tokens - theirs(folder, text, None, 3)[1:-1]).max() <= 1e-5
    means = np.stack([states[0].mean / np.linalg.norm(states[0].mean) for states in answers])
    near, far = means[0] @ means[1], means[0] @ means[2]
    assert near > 0.5 > 0.2 > far


def test_the_encoder_of_a_model_that_translates_equals_transformers(tmp_path: Path) -> None:
    """From its SentencePiece files, before and after it is imported; special tokens stand behind a text alone."""
    model = marian_folder(tmp_path / "source")
    info = import_trunk(tmp_path / "source", tmp_path / "trunk", "marian")
    assert import_trunk(tmp_path / "trunk", tmp_path / "again", "marian") == info
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sacremoses is recommended, and not used
        tokenizer = MarianTokenizer.from_pretrained(tmp_path / "source")
    for folder in (tmp_path / "source", tmp_path / "trunk"):
        trunk = Trunk.load(str(folder))
        assert trunk.info.id == info.id
        assert list(trunk.tokenizer.languages) == ["deu", "fra"]
        for text in ("Ada met Charles", "x caf\u00e9 \u5317\u4eac", "", "a late order"):
            for language, told in (("", text), ("fra", f">>fra<< {text}")):
                with torch.no_grad():
                    tokens = tokenizer(told, return_tensors="pt")
                    expected = model.get_encoder()(**tokens).last_hidden_state[0].numpy()
                [[states]] = trunk.hidden_states([EncoderInput(text, language=language)])
                content = expected[1 if language else 0 : -1]
                assert np.abs(states.tokens - content).max(initial=0) <= 1e-5
                assert np.abs(states.mean - expected.mean(axis=0)).max() <= 1e-5
                assert np.abs(states.first - expected[0]).max() <= 1e-5
