"""A trunk with no more of its vocabulary than some texts need: for these, the same states in a fifth of the size."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

WORDS = "embeddings.word_embeddings.weight"


def trimmed(folder: Path, out: Path, texts: Sequence[str]) -> Path:
    """Write the trunk of `folder` with the special pieces and those that `texts` are cut into."""
    backend = Tokenizer.from_file(str(folder / "tokenizer.json"))
    special = {token: index for index, token in backend.get_added_tokens_decoder().items()}
    used = {index for coded in backend.encode_batch(list(texts)) for index in coded.ids} | set(special.values())
    kept = sorted(used)
    number = {index: place for place, index in enumerate(kept)}
    written = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    written["model"]["vocab"] = [written["model"]["vocab"][index] for index in kept]
    written["model"]["unk_id"] = number[written["model"]["unk_id"]]
    for token in (*written["added_tokens"], *written["post_processor"]["special_tokens"].values()):
        if "ids" in token:
            token["ids"] = [number[index] for index in token["ids"]]
        else:
            token["id"] = number[token["id"]]
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config |= {"vocab_size": len(kept), "pad_token_id": number[config["pad_token_id"]]}
    weights = load_file(folder / "model.safetensors")
    weights[WORDS] = weights[WORDS][kept]
    out.mkdir()
    (out / "tokenizer.json").write_text(json.dumps(written), "utf-8")
    (out / "config.json").write_text(json.dumps(config), "utf-8")
    (out / "tokenizer_config.json").write_bytes((folder / "tokenizer_config.json").read_bytes())
    save_file(weights, out / "model.safetensors")
    return out
