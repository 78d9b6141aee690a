"""The rows that a version is compiled with: to measure it on, and to quantize it on."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from trunkline.backends.calibration import Calibration
from trunkline.contract.head_task import HeadTask
from trunkline.contract.plugins import Plugins
from trunkline.data.examples import Examples
from trunkline.data.read import Source, read_examples
from trunkline.errors import InvalidInput, NotFound
from trunkline.evaluation.check import check_examples
from trunkline.records import Version
from trunkline.store.registry import Registry

TRAIN, DEV = "data/train", "data/dev"


def dev_examples(
    registry: Registry, version: Version, task: HeadTask[Any, Any, Any], data: Source | None, plugins: Plugins
) -> Examples:
    """Give the rows of `data`, or the dev rows that were kept with the version.

    Raises `InvalidInput` where there are none, `NotFound` for no such file, `DataError` for rows that cannot be used.
    """
    given = _there(data) if data is not None else _kept(registry, version, DEV, "--data FILE")
    examples = read_examples(task, given, plugins)
    check_examples(examples, task, version.head_config)
    return examples


def calibration_of(
    registry: Registry, version: Version, task: HeadTask[Any, Any, Any], data: Source | None, plugins: Plugins
) -> Calibration:
    """Draw the texts of `data`, or of the rows that the version was trained on.

    Raises `InvalidInput` where there are none or too few, `NotFound` for no such file, `DataError` for rows that
    cannot be used.
    """
    given = _there(data) if data is not None else _kept(registry, version, TRAIN, "--calibration FILE")
    examples = read_examples(task, given, plugins)
    inputs = (one for example in examples.items for one in task.encoder_inputs(task.request(example)))
    source = examples.name if data is not None else f"training data of {version.reference}"
    return Calibration.sample(inputs, source)


def _there(data: Source) -> Source:
    """Return `data`. Raises `NotFound`, with the path as it was given, where it names no file."""
    if isinstance(data, str | Path) and data != "-" and not Path(data).exists():
        near = get_close_matches(Path(data).name, _names(Path(data).parent), n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ": check the path"
        raise NotFound(f"there is no file {str(data)!r}{hint}")
    return data


def _names(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []


def _kept(registry: Registry, version: Version, role: str, remedy: str) -> list[dict[str, Any]]:
    if role not in version.artifacts:
        raise InvalidInput(f"no {role.removeprefix('data/')} data were kept with {version.reference}: give {remedy}")
    lines = registry.artifact_bytes(version, role).decode().split("\n")
    return [json.loads(line) for line in lines if line]
