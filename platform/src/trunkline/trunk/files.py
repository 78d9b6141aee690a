"""Reading a trunk's JSON files, which a stranger may have written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from trunkline.errors import TrunkError

JSON_BYTES = 64 * 2**20  # a tokenizer.json of 250,000 pieces has 17 MB


def read_text(path: Path) -> str:
    """Read a UTF-8 file of sensible size. Raises `TrunkError`, also where it is absent."""
    try:
        size = path.stat().st_size
        if size > JSON_BYTES:
            raise TrunkError(f"{path} has {size} bytes; at most {JSON_BYTES} are read")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TrunkError(f"{path} cannot be read: {error}") from error


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON object; empty where there is no such file. Raises `TrunkError` where it is something else."""
    if not path.is_file():
        return {}
    try:
        value = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise TrunkError(f"{path} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise TrunkError(f"{path} holds no JSON object")
    return value
