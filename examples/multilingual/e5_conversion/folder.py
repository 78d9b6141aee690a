"""The Hugging Face folder: written aside, read back, then renamed, so that it is there whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file

from e5_conversion.packed import Packed, Sizes
from e5_conversion.tokenizer import MASK, fast_tokenizer
from trunkline import CorruptArtifact, InvalidInput

WEIGHTS = "model.safetensors"
SUMS = "SHA256SUMS"
Said = Callable[[str], None]
Advance = Callable[[int], None]


def write_folder(packed: Packed, out: Path, say: Said, advance: Advance, replace: bool = False) -> None:
    """Write config.json, the tokenizer, model.safetensors in float32 and SHA256SUMS as the new folder `out`.

    `advance` is told the numbers unpacked, of `numbers(packed)` in all.
    Raises `InvalidInput` where `out` is there and not to be replaced, `CorruptArtifact` for a damaged file.
    """
    if out.exists() and not replace:
        raise InvalidInput(f"{out} is there already: name another folder, or say --replace")
    with _aside(out) as folder:
        say("tokenizer: 250,000 pieces and the normaliser's table")
        _write_texts(packed, folder)
        say("weights: unpacked to float32")
        weights = {name: _unpacked(packed, *place, advance) for name, place in _places(packed.sizes).items()}
        save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
        say("reading back and hashing")
        _check_weights(folder / WEIGHTS, weights)
        _write(folder / SUMS, "".join(f"{digest}  {name}\n" for name, digest in _digests(folder)))


def numbers(packed: Packed) -> int:
    """Count the parameters."""
    return sum(entry.count for entry in packed.entries.values())


def holds(out: Path) -> bool:
    """Tell whether `out` was written by this tool and still is what it was, byte for byte."""
    if not (out / SUMS).is_file():
        return False
    told = [line.split("  ", 1) for line in (out / SUMS).read_text().splitlines()]
    return all((out / name).is_file() and digest == _sha256(out / name) for digest, name in told)


def _unpacked(packed: Packed, name: str, shape: tuple[int, ...], advance: Advance) -> NDArray[np.float32]:
    tensor = packed.tensor(name, shape)
    advance(tensor.size)
    return tensor


def _write_texts(packed: Packed, folder: Path) -> None:
    vocabulary = packed.vocabulary
    begin, end, padding, unknown = (
        vocabulary.pieces[index] for index in (vocabulary.begin, vocabulary.end, vocabulary.padding, vocabulary.unknown)
    )
    _write(folder / "tokenizer.json", fast_tokenizer(vocabulary).to_str())
    about = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": packed.sizes.positions}
    about |= {"bos_token": begin, "cls_token": begin, "eos_token": end, "sep_token": end, "pad_token": padding}
    about |= {"unk_token": unknown, **({"mask_token": MASK} if MASK in vocabulary.pieces[-2:] else {})}
    _write(folder / "tokenizer_config.json", json.dumps(about, indent=1))
    _write(folder / "config.json", json.dumps(_config(packed.sizes, vocabulary.padding), indent=1))


def _config(sizes: Sizes, padding: int) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": sizes.vocabulary,
        "hidden_size": sizes.width,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.inner,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "max_position_embeddings": sizes.positions,
        "type_vocab_size": sizes.types,
        "layer_norm_eps": sizes.epsilon,
        "pad_token_id": padding,
    }


def _places(sizes: Sizes) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Give BERT's name of each tensor, with the packed file's own name and the shape."""
    wide, inner = sizes.width, sizes.inner
    places: dict[str, tuple[str, tuple[int, ...]]] = {
        "embeddings.word_embeddings.weight": ("emb.word", (sizes.vocabulary, wide)),
        "embeddings.position_embeddings.weight": ("emb.pos", (sizes.positions, wide)),
        "embeddings.token_type_embeddings.weight": ("emb.type", (sizes.types, wide)),
        "embeddings.LayerNorm.weight": ("emb.ln.w", (wide,)),
        "embeddings.LayerNorm.bias": ("emb.ln.b", (wide,)),
    }
    linear = {
        "attention.self.query": ("q", wide, wide),
        "attention.self.key": ("k", wide, wide),
        "attention.self.value": ("v", wide, wide),
        "attention.output.dense": ("ao", wide, wide),
        "intermediate.dense": ("fi", inner, wide),
        "output.dense": ("fo", wide, inner),
    }
    norms = {"attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}
    for layer in range(sizes.layers):
        name, packed = f"encoder.layer.{layer}.", f"l{layer}."
        for part, (short, rows, columns) in linear.items():
            places[f"{name}{part}.weight"] = (f"{packed}{short}.w", (rows, columns))
            places[f"{name}{part}.bias"] = (f"{packed}{short}.b", (rows,))
        for part, short in norms.items():
            places[f"{name}{part}.weight"] = (f"{packed}{short}.w", (wide,))
            places[f"{name}{part}.bias"] = (f"{packed}{short}.b", (wide,))
    return places


@contextmanager
def _aside(out: Path) -> Iterator[Path]:
    """Give a folder beside `out` that takes its name in the end, and goes where anything failed."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent))
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written: {error.strerror or error}; name another folder") from error
    try:
        yield folder
        folder.chmod(0o755)
        for path in folder.iterdir():
            path.chmod(0o644)  # temporary folders and safetensors are for their writer alone
        _synchronised(folder)
        if out.exists():
            shutil.rmtree(out)
        folder.rename(out)
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written: {error.strerror or error}; it takes 0.5 GB of disk") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _synchronised(folder: Path) -> None:
    for path in (*folder.iterdir(), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _check_weights(path: Path, weights: Mapping[str, NDArray[np.float32]]) -> None:
    with safe_open(str(path), framework="numpy") as written:
        for name, tensor in weights.items():
            if not np.array_equal(written.get_tensor(name), tensor):
                raise CorruptArtifact(f"{path}: {name} is not what was written: is the disk sound?")


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.iterdir()):
        yield path.name, _sha256(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
