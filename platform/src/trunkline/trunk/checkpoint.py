"""Tensors out of a checkpoint: safetensors only, names checked one by one."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trunkline.errors import MissingExtra, TrunkError
from trunkline.trunk.files import read_object
from trunkline.trunk.pickled import conversion, pickled_files

if TYPE_CHECKING:
    from torch import Tensor

    from trunkline.trunk.families.family import Family

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
HEADER_BYTES = 16 * 2**20  # the header of a checkpoint of 1,000 tensors has about 100 kB


def read_weights(folder: Path, family: type[Family], config: Any) -> dict[str, Tensor]:
    """Read the encoder's tensors in float32, named as transformers' base model names them.

    Prefixes of fine-tuned checkpoints are taken off; poolers and heads are left behind. Raises `TrunkError` where a
    tensor is missing or has another shape than the configuration says.
    """
    import torch

    shapes = _expected(family, config)
    names = _encoder_names(tensor_names(folder), family, shapes)
    last = sorted(names, key=lambda name: name not in family.shared_names)  # the encoder's own name of it is preferred
    sources = {names[name]: name for name in last}
    missing = sorted(set(shapes) - set(sources))
    if missing:
        raise TrunkError(
            f"{folder} lacks {len(missing)} of the encoder's {len(shapes)} tensors, {missing[0]} the first: "
            "the checkpoint is incomplete, or config.json belongs to another"
        )
    tensors = read_tensors(folder, [sources[name] for name in shapes])
    weights = {name: tensors[sources[name]].to(torch.float32).contiguous() for name in shapes}
    for name, shape in shapes.items():
        if tuple(weights[name].shape) != shape:
            raise TrunkError(
                f"{folder}: {sources[name]} has shape {tuple(weights[name].shape)}, config.json asks for {shape}"
            )
    return weights


def encoder_names(names: Iterable[str], family: type[Family], config: Any) -> dict[str, str]:
    """Map those of a checkpoint's tensor names that lie in the encoder to the base model's names."""
    return _encoder_names(names, family, _expected(family, config))


def tensor_names(folder: Path) -> list[str]:
    """Give the names of all tensors in a checkpoint. Raises `TrunkError`."""
    return [name for path in weight_files(folder) for name in _open(path).keys()]  # noqa: SIM118 - no mapping


def read_tensors(folder: Path, names: Iterable[str]) -> dict[str, Tensor]:
    """Read the tensors of these names. Raises `TrunkError`."""
    wanted = set(names)
    found: dict[str, Tensor] = {}
    for path in weight_files(folder):
        tensors = _open(path)
        found.update({name: tensors.get_tensor(name) for name in tensors.keys() if name in wanted})  # noqa: SIM118
    return found


def check_finite(source: Path, tensors: Mapping[str, Tensor]) -> None:
    """Raise `TrunkError` that names the first tensor with a NaN or an infinity in it."""
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            raise TrunkError(
                f"{source}: {name} holds values that are not finite (NaN or infinity): its training diverged, or the "
                "file is damaged; take an earlier checkpoint"
            )


def weight_files(folder: Path) -> list[Path]:
    """Give a checkpoint's safetensors files, one or several shards. Raises `TrunkError` where there is none."""
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    if (folder / INDEX).is_file():
        shards = read_object(folder / INDEX).get("weight_map")
        names = sorted({str(name) for name in shards.values()}) if isinstance(shards, dict) else []
        for name in names:
            if Path(name).name != name or not name.endswith(".safetensors") or not (folder / name).is_file():
                raise TrunkError(f"{folder / INDEX} names {name!r}, which is no safetensors file beside it")
        if names:
            return [folder / name for name in names]
        raise TrunkError(f"{folder / INDEX} names no shards")
    pickled = pickled_files(folder)
    if pickled:
        raise TrunkError(
            f"{folder} has its weights in {pickled[0]}, a pickle, which can run code when it is read; if you trust "
            f"where it comes from, convert it once and use the new folder: {conversion(folder)}"
        )
    raise TrunkError(f"{folder} has no {WEIGHTS}: a trunk is a folder saved by transformers' save_pretrained")


def check_header(path: Path) -> None:
    """Raise `TrunkError` where a safetensors header is larger than any honest one, or no JSON object."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if size > HEADER_BYTES:
            raise TrunkError(f"{path} has a header of {size} bytes; at most {HEADER_BYTES} are read")
        try:
            header = json.loads(file.read(size))
        except (ValueError, RecursionError) as error:
            raise TrunkError(f"{path} is no safetensors file: {error}") from error
    if not isinstance(header, dict):
        raise TrunkError(f"{path} is no safetensors file: its header is no object")


def _open(path: Path) -> Any:
    """Open a safetensors file; the library checks that offsets equal shape times type and fill the file."""
    try:
        from safetensors import SafetensorError, safe_open
    except ModuleNotFoundError as error:
        raise MissingExtra.needed("reading a trunk's weights", "torch") from error
    check_header(path)
    try:
        return safe_open(str(path), framework="pt")
    except (SafetensorError, OSError) as error:
        raise TrunkError(f"{path} cannot be read: {error}") from error


def _encoder_names(names: Iterable[str], family: type[Family], known: Container[str]) -> dict[str, str]:
    found = {}
    for name in names:
        if family.shared_names.get(name) in known:
            found[name] = family.shared_names[name]
        for prefix in ("", *(f"{prefix}." for prefix in family.prefixes)):
            plain = _modern(name.removeprefix(prefix))
            if name.startswith(prefix) and plain in known:
                found[name] = plain
                break
    return found


def _modern(name: str) -> str:
    """Give today's name of a tensor that the first BERT checkpoints named after TensorFlow's."""
    for old, new in ((".gamma", ".weight"), (".beta", ".bias")):
        if name.endswith(f"LayerNorm{old}"):
            return name.removesuffix(old) + new
    return name


def _expected(family: type[Family], config: Any) -> dict[str, tuple[int, ...]]:
    """Give the name and shape of every tensor that the base model has, without making one. Raises `TrunkError`."""
    import torch

    try:
        with torch.device("meta"):
            model = family.blank(config)
    except Exception as error:  # whatever a module's constructor raises for numbers that do not fit
        raise TrunkError(f"config.json describes no encoder: {' '.join(str(error).split())}") from error
    return {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
