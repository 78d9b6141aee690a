from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import AutoTokenizer, MarianModel
from transformers.models.marian.modeling_marian import MarianEncoder

from marian_files import INTGEMM16, LINES, settings, tensors, write_folder, write_model, write_vocabulary
from marian_reference import Reference, positions
from trunkline import EnvironmentFault, InvalidInput
from trunkline_translation.bergamot.convert import convert
from trunkline_translation.bergamot.convert import positions as table
from trunkline_translation.decoders import build_decoder
from trunkline_translation.decoders.decoder import Decoder

FILES = {
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "model.safetensors",
    "decoder.json",
    "decoder.safetensors",
}


def encoder(folder: Path) -> MarianEncoder:
    """Load the encoder as transformers does."""
    return MarianModel.from_pretrained(folder).encoder.eval()


def decoder(folder: Path) -> Decoder:
    config = json.loads((folder / "decoder.json").read_text())
    width = json.loads((folder / "config.json").read_text())["d_model"]
    made = build_decoder(config, width)
    made.load_state_dict(load_file(folder / "decoder.safetensors"))
    return made.eval()


@torch.no_grad()
def states(module: MarianEncoder, ids: list[int]) -> np.ndarray:
    return module(input_ids=torch.tensor([ids])).last_hidden_state[0].numpy()


@torch.no_grad()
def logits(made: Decoder, memory: np.ndarray, ids: list[int]) -> np.ndarray:
    start = made.config.tokens.start
    memories = torch.tensor(memory, dtype=torch.float32)[None]
    return made.teach(memories, torch.ones(memories.shape[:2], dtype=torch.bool), torch.tensor([[start, *ids]]))[
        0
    ].numpy()


def agrees(folder: Path, exact: dict[str, np.ndarray], target: int) -> None:
    """Hold encoder and decoder against the formulas; the encoder's epsilon is that of transformers."""
    reference = Reference(exact, heads=2, encoder_epsilon=1e-5)
    source = [5, 17, 3, 9, 9, 30, 0]
    memory = reference.encoded(source)
    np.testing.assert_allclose(states(encoder(folder), source), memory, atol=2e-5)
    made = decoder(folder)
    seen = logits(made, memory, [7, 3, 11])
    np.testing.assert_allclose(seen[:, :target], reference.logits(memory, [7, 3, 11]), atol=5e-5)
    assert (seen[:, target] == -100).all()


@pytest.mark.parametrize("changes", [{}, {"output-omit-bias": True}], ids=["bias", "no bias"])
def test_a_model_with_one_table_computes_as_marian(tmp_path: Path, changes: dict[str, bool]) -> None:
    exact = write_folder(tmp_path / "firefox", **changes)
    convert(tmp_path / "firefox", tmp_path / "ours")
    assert {path.name for path in (tmp_path / "ours").iterdir()} == FILES
    agrees(tmp_path / "ours", exact, len(exact["Wemb"]))


@pytest.mark.parametrize("tied", [True, False])
def test_a_model_with_a_pair_of_vocabularies_computes_as_marian(tmp_path: Path, tied: bool) -> None:
    source = tmp_path / "firefox"
    source.mkdir()
    sizes = [
        write_vocabulary(source / "srcvocab.enzh.spm", size=150, lines=LINES[:5]),
        write_vocabulary(source / "trgvocab.enzh.spm", size=120, lines=LINES[5:]),
    ]
    values = settings(**{"dim-vocabs": sizes, "tied-embeddings-all": False, "tied-embeddings": tied})
    exact = write_model(source / "model.enzh.intgemm8.bin", values, tensors(values), INTGEMM16)
    convert(source, tmp_path / "ours")
    agrees(tmp_path / "ours", exact, sizes[1])
    texts = [(tmp_path / "ours" / name).read_text() for name in ("tokenizer.json", "target_tokenizer.json")]
    assert [Tokenizer.from_str(text).token_to_id("<pad>") for text in texts] == sizes


def test_whole_translations_are_those_of_the_formulas(tmp_path: Path) -> None:
    exact = write_folder(tmp_path / "firefox")
    convert(tmp_path / "firefox", tmp_path / "ours")
    reference = Reference(exact, heads=2)
    module, made = encoder(tmp_path / "ours"), decoder(tmp_path / "ours")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "ours")
    for line in LINES:
        ids = tokenizer(line).input_ids
        written: list[int] = []
        memory = states(module, ids)
        while len(written) < 8 and (token := int(logits(made, memory, written)[-1].argmax())):
            written.append(token)
        assert written == reference.greedy(ids, 8)


def test_padding_changes_nothing(tmp_path: Path) -> None:
    write_folder(tmp_path / "firefox")
    convert(tmp_path / "firefox", tmp_path / "ours")
    module = encoder(tmp_path / "ours")
    batch = AutoTokenizer.from_pretrained(tmp_path / "ours")(LINES, padding=True, return_tensors="pt")
    assert batch.input_ids.max() == module.config.pad_token_id
    with torch.no_grad():
        together = module(input_ids=batch.input_ids, attention_mask=batch.attention_mask).last_hidden_state
    for row, ids, mask in zip(together, batch.input_ids, batch.attention_mask, strict=True):
        alone = states(module, ids[mask.bool()].tolist())
        np.testing.assert_allclose(row[mask.bool()].numpy(), alone, atol=1e-5)


def test_positions_are_marians() -> None:
    np.testing.assert_allclose(table(40, 16), positions(40, 16), atol=1e-6)


def test_a_conversion_is_the_same_each_time(tmp_path: Path) -> None:
    write_folder(tmp_path / "firefox")
    for name in ("one", "two"):
        convert(tmp_path / "firefox", tmp_path / name)
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_vocabulary_of_another_model_is_told_before_anything_is_written(tmp_path: Path) -> None:
    write_folder(tmp_path / "firefox", **{"dim-vocabs": [60, 60]})
    with pytest.raises(InvalidInput, match="and the model 60"):
        convert(tmp_path / "firefox", tmp_path / "ours")
    assert not (tmp_path / "ours").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    write_folder(tmp_path / "firefox")
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        convert(tmp_path / "firefox", tmp_path / "file" / "ours")


def test_reading_models_needs_no_torch() -> None:
    module = "trunkline_translation.bergamot.convert"
    code = f"import sys, {module}; print(sorted({{'torch', 'transformers'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
