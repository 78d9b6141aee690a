"""A fast tokenizer for folders that only have a slow one: converted once, when a trunk is imported."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from trunkline.errors import TrunkError
from trunkline.trunk.files import read_object, read_text
from trunkline.trunk.identity import canonical_json
from trunkline.trunk.languages import names_a_language
from trunkline.trunk.spm_conversion import (
    m2m100_tokenizer_json,
    marian_tokenizer_json,
    nllb_tokenizer_json,
    read_vocabulary,
    spm_tokenizer_json,
)

__all__ = [
    "canonical_tokenizer_json",
    "spm_tokenizer_json",
    "target_tokenizer_json",
    "tokenizer_json",
    "with_language_in_front",
]

VOCABULARIES = (
    "vocab.txt",
    "vocab.json",
    "spiece.model",
    "spm.model",
    "sentencepiece.bpe.model",
    "sentencepiece.model",
    "source.spm",
)
BESIDE = ("merges.txt", "special_tokens_map.json", "added_tokens.json")
_CODE = ("auto_map", "tokenizer_file", "name_or_path")  # what could lead out of the folder


def canonical_tokenizer_json(source: Path, config: Mapping[str, Any]) -> str:
    """Give the text of the tokenizer.json that a trunk keeps, whatever its source has. Raises `TrunkError`."""
    try:
        value = json.loads(tokenizer_json(source, config))
    except (ValueError, RecursionError) as error:
        raise TrunkError(f"{source}: tokenizer.json is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise TrunkError(f"{source}: tokenizer.json holds no JSON object")
    value = with_language_in_front(value, read_object(source / "tokenizer_config.json"))
    value |= {"truncation": None, "padding": None}  # what the last program to use it left there
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def tokenizer_json(source: Path, config: Mapping[str, Any]) -> str:
    """Give the text of a folder's tokenizer.json, converted by transformers where there is only a slow one.

    Raises `TrunkError` where there is no vocabulary, or where it cannot be converted.
    """
    if (source / "tokenizer.json").is_file():
        return read_text(source / "tokenizer.json")
    if not any((source / name).is_file() for name in VOCABULARIES):
        raise TrunkError(
            f"{source} has no tokenizer: put tokenizer.json beside config.json (or one of {', '.join(VOCABULARIES)}); "
            "AutoTokenizer.from_pretrained(...).save_pretrained(folder) writes it"
        )
    if (source / "source.spm").is_file():
        return marian_tokenizer_json(source)
    if config.get("model_type") == "m2m_100":
        convert = m2m100_tokenizer_json if (source / "vocab.json").is_file() else nllb_tokenizer_json
        return convert(source, read_object(source / "tokenizer_config.json"))
    with TemporaryDirectory() as scratch:
        _copy_vocabulary(source, Path(scratch), config)
        return _converted(source, Path(scratch))


def target_tokenizer_json(source: Path, config: Mapping[str, Any]) -> str:
    """Give the same of the side that a decoder writes: of Marian its target.spm, else there is one for both."""
    if (source / "target.spm").is_file() and (source / "vocab.json").is_file():
        return spm_tokenizer_json(source / "target.spm", read_vocabulary(source / "vocab.json"))
    return tokenizer_json(source, config)


def with_language_in_front(described: dict[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Move NLLB's language token from behind the text to its front, as the model was trained.

    The files of 2022 have it behind, and transformers has moved it since unless `legacy_behaviour` asks it not to.
    """
    frame = described.get("post_processor") or {}
    own = str(settings.get("tokenizer_class", "")).startswith("Nllb") and not settings.get("legacy_behaviour")
    if not own or frame.get("type") != "TemplateProcessing":
        return described
    moved = {kind: sorted(frame[kind], key=lambda part: not _tells_language(part)) for kind in ("single", "pair")}
    return described | {"post_processor": frame | moved}


def _tells_language(part: Mapping[str, Any]) -> bool:
    return "SpecialToken" in part and names_a_language(part["SpecialToken"]["id"])


def _copy_vocabulary(source: Path, scratch: Path, config: Mapping[str, Any]) -> None:
    """Lay out what transformers may read: vocabularies, and settings that name no code."""
    for name in (*VOCABULARIES, *BESIDE):
        if (source / name).is_file():
            shutil.copyfile(source / name, scratch / name)
    settings = read_object(source / "tokenizer_config.json")
    kept = {key: value for key, value in settings.items() if key not in _CODE}
    (scratch / "tokenizer_config.json").write_text(json.dumps(kept))
    (scratch / "config.json").write_bytes(canonical_json(dict(config)))


def _converted(source: Path, scratch: Path) -> str:
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(scratch, local_files_only=True, trust_remote_code=False)
        backend = tokenizer.backend_tokenizer
    except Exception as error:  # transformers raises whatever its converters raise
        raise TrunkError(
            f"{source} has only a slow tokenizer, which transformers cannot convert ({error}): "
            "put the tokenizer.json of the same model beside it"
        ) from error
    return str(backend.to_str())
