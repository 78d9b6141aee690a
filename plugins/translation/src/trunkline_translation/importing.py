"""Models that others trained: Hugging Face folders of sequence-to-sequence models, and what Firefox translates with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trunkline import ImportedHead, InvalidInput
from trunkline_translation.languages import is_known, primary
from trunkline_translation.vocabulary import FILE, Vocabulary

if TYPE_CHECKING:
    import torch

DECODER, DECODER_WEIGHTS, TARGET_TOKENIZER = "decoder.json", "decoder.safetensors", "target_tokenizer.json"
KEPT = ("num_beams", "length_penalty", "no_repeat_ngram_size", "early_stopping")
"""What of a model's own way to write is kept as the version's default."""
_PAIR = re.compile(r"[a-z]+\.([a-z]{2})([a-z]{2})\.")
"""How the name of a model or vocabulary of Bergamot's begins: model.enpt.intgemm.alphas.bin, srcvocab.enpt.spm."""


def converted(source: Path, scratch: Path) -> Path:
    """Give `source`, or a Hugging Face folder made of it where it is Bergamot's, under `scratch`."""
    from trunkline_translation.bergamot.convert import convert
    from trunkline_translation.bergamot.folder import find, is_bergamot

    if not is_bergamot(source):
        return source
    convert(source, scratch)
    if pair := _pair(find(source).model):
        path = scratch / "tokenizer_config.json"
        languages = {"source_lang": pair[0], "target_lang": pair[1]}
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | languages), encoding="utf-8")
    return scratch


def warnings(source: Path) -> list[str]:
    """Tell of names in a folder of Bergamot's that do not fit one another, or no language."""
    from trunkline_translation.bergamot.folder import find, is_bergamot

    if not is_bergamot(source):
        return []
    files = find(source)
    pair = _pair(files.model)
    told = [
        f"{files.model.name}: {code!r} is no language's code in ISO 639-1, though requests may name it"
        for code in pair
        if not is_known(code)
    ]
    for path in dict.fromkeys([files.source_vocabulary, files.target_vocabulary]):
        if pair and (other := _pair(path)) not in ((), pair):
            told.append(
                f"{path.name} is of {'-'.join(other)} and {files.model.name} of {'-'.join(pair)}: is it its own?"
            )
    return told


def _pair(path: Path) -> tuple[str, ...]:
    """Give the languages in the name of a model or vocabulary; empty where it says none."""
    named = _PAIR.match(path.name)
    return (named[1], named[2]) if named else ()


def imported_head(
    folder: Path, hf_config: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], tokenizer: str
) -> ImportedHead:
    """Give decoder, vocabulary and languages of the checkpoint in `folder`. Raises `InvalidInput`."""
    if (folder / DECODER).is_file():
        decoder, weights = _own(folder)
    else:
        from trunkline_translation.decoders import imported

        decoder, weights = imported({**hf_config, **_read(folder / "generation_config.json")}, tensors)
    target = folder / TARGET_TOKENIZER
    text = target.read_text(encoding="utf-8") if target.is_file() else tokenizer
    vocabulary = Vocabulary.of(text)
    known, told = vocabulary.languages(), vocabulary.told()
    ways = _read(folder / "generation_config.json")
    config = {
        "decoder": decoder,
        "generation": {name: ways[name] for name in KEPT if ways.get(name) is not None},
        "languages": _languages(hf_config, _read(folder / "tokenizer_config.json"), known, told),
        "target_tokens": known,
    }
    return ImportedHead(config, weights, {FILE: text.encode()})


def _own(folder: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Read a decoder that is written as ours are."""
    from safetensors.torch import load_file

    return _read(folder / DECODER), load_file(folder / DECODER_WEIGHTS)


def _languages(
    hf_config: Mapping[str, Any], tokenizer: Mapping[str, Any], known: Mapping[str, int], told: Mapping[str, int]
) -> dict[str, Any]:
    """Tell what a model translates: between any of `known`, into those of `told`, as the text says, or one pair."""
    if known:
        return {"source": list(known), "target": list(known)}
    if told:
        return {"told": list(told)}
    if prefixes := _prefixes(hf_config.get("task_specific_params")):
        return {"prefixes": prefixes}
    codes = (tokenizer.get("source_lang"), tokenizer.get("target_lang"))
    pair = [primary(code) for code in codes if isinstance(code, str) and code]
    return {"pair": pair} if len(pair) == len(codes) else {}


def _prefixes(params: Any) -> dict[str, str]:
    """Give the texts by which a T5 is asked for each pair, such as "translate English to German: "."""
    found = {}
    for name, value in params.items() if isinstance(params, Mapping) else ():
        pair = re.fullmatch(r"translation_([a-z]{2,3})_to_([a-z]{2,3})", name)
        if pair and isinstance(value, Mapping) and isinstance(value.get("prefix"), str):
            found[f"{pair[1]}-{pair[2]}"] = value["prefix"]
    return found


def _read(path: Path) -> dict[str, Any]:
    """Read a JSON object; empty where there is no such file. Raises `InvalidInput`."""
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{path.name} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise InvalidInput(f"{path.name} holds no JSON object")
    return value
