"""What to do with a checkpoint whose weights are pickled: one command that converts it into a folder of its own."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trunkline.trunk.files import read_object

_HEADS = ("ForSequenceClassification", "ForTokenClassification")  # of transformers' class names; else the encoder alone
_IN_SHELL = '"$`\\!'  # what a shell changes within double quotes


def pickled_files(folder: Path) -> list[str]:
    """Name the files of a folder that hold pickled weights."""
    return sorted(path.name for pattern in ("*.bin", "*.pt", "*.ckpt") for path in folder.glob(pattern))


def conversion(folder: Path) -> str:
    """Give the command that writes the checkpoint, its fine-tuned head too, as safetensors into a folder beside it."""
    whole = folder if folder.name not in ("", "..") else folder.resolve()
    target = whole.with_name(f"{whole.name}-safetensors")
    model = auto_class(read_object(folder / "config.json"))
    code = (
        f"from transformers import {model}, AutoTokenizer; source, target = {str(whole)!r}, {str(target)!r}; "
        f"{model}.from_pretrained(source).save_pretrained(target); "
        "AutoTokenizer.from_pretrained(source).save_pretrained(target)"
    )
    return "python -c " + (shlex.quote(code) if set(code) & set(_IN_SHELL) else f'"{code}"')


def auto_class(config: Mapping[str, Any]) -> str:
    """Name the class of transformers that reads a checkpoint with its head."""
    listed = config.get("architectures")
    names = [str(name) for name in listed] if isinstance(listed, list) else []
    return next((f"AutoModel{head}" for head in _HEADS for name in names if name.endswith(head)), "AutoModel")
