"""The settings that Marian writes into a model's file, as YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trunkline import InvalidInput, MissingExtra

MOST_BYTES = 64 * 2**10  # those of a student model have 1,100
MOST_BRACKETS = 100  # PyYAML's time grows with the square of their depth


def read_settings(raw: bytes, path: Path) -> dict[str, Any]:
    """Read settings up to the first NUL. Raises `InvalidInput` where they are no plain YAML mapping."""
    try:
        import yaml
    except ModuleNotFoundError as error:
        raise MissingExtra("reading a Marian model needs pyyaml: pip install 'trunkline-translation[torch]'") from error
    raw = raw.split(b"\0", 1)[0]
    if len(raw) > MOST_BYTES:
        raise InvalidInput(f"{path}: its settings have {len(raw)} bytes; at most {MOST_BYTES} are read")
    if raw.count(b"[") + raw.count(b"{") > MOST_BRACKETS:
        raise InvalidInput(f"{path}: its settings have more than {MOST_BRACKETS} brackets, which Marian never writes")
    try:
        text = raw.decode()
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):  # some lines can stand for gigabytes
            raise InvalidInput(f"{path}: its settings use YAML aliases, which Marian never writes")
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidInput(f"{path}: its settings are not YAML: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(values, dict):
        raise InvalidInput(f"{path}: its settings are no YAML mapping")
    return {str(key): value for key, value in values.items()}
