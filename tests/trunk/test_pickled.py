"""The remedy for pickled weights can be copied, keeps the head and leaves the original alone."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
import torch

import tiny
from trunkline.errors import TrunkError
from trunkline.trunk.checkpoint import tensor_names, weight_files
from trunkline.trunk.files import read_object
from trunkline.trunk.folder import head_tensors
from trunkline.trunk.pickled import auto_class


def fine_tuned(folder: Path, kind: str) -> dict[str, Any]:
    """Write a tiny model with its weights pickled; gives its tensors."""
    import transformers

    plain = tiny.bert_folder(folder.parent / "plain", layers=1)
    model = getattr(transformers, kind).from_pretrained(plain)
    model.config.architectures = [kind]
    model.config.save_pretrained(folder)
    tiny.write_tokenizer(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    return dict(model.state_dict())


@pytest.mark.parametrize("name", ["tuned", "my tuned", 'Ada\'s "$HOME"'])
@pytest.mark.parametrize("kind", ["BertForSequenceClassification", "BertForTokenClassification"])
def test_the_command_keeps_the_fine_tuned_head(tmp_path: Path, kind: str, name: str) -> None:
    folder = tmp_path / name
    tensors = fine_tuned(folder, kind)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(TrunkError, match="a pickle, which") as caught:
        weight_files(folder)
    _, _, command = str(caught.value).partition("use the new folder: ")
    program, flag, code = shlex.split(command)
    assert (program, flag) == ("python", "-c")
    exec(code, {})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    converted = tmp_path / f"{name}-safetensors"
    assert read_object(converted / "config.json")["architectures"] == [kind]
    assert set(tensor_names(converted)) == set(tensors)
    assert torch.equal(head_tensors(converted)["classifier.weight"], tensors["classifier.weight"])
    assert (converted / "tokenizer.json").is_file()


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"architectures": ["RobertaForTokenClassification"]}, "AutoModelForTokenClassification"),
        ({"architectures": ["BertForMaskedLM"]}, "AutoModel"),
        ({"architectures": ["BertModel"]}, "AutoModel"),
        ({"architectures": None}, "AutoModel"),
        ({}, "AutoModel"),
    ],
)
def test_the_class_is_the_one_that_has_the_head(config: dict[str, Any], expected: str) -> None:
    assert auto_class(config) == expected
