"""Whether examples can be learnt from, or a version be measured on them, at all."""

from __future__ import annotations

from typing import Any

from trunkline.contract.head_task import HeadConfig, HeadOptions, HeadTask
from trunkline.data.examples import Examples
from trunkline.errors import DataError


def check_examples(examples: Examples, task: HeadTask[Any, Any, Any], config: HeadConfig) -> None:
    """Raise `DataError` that tells every example the version knows no answer to, each with its place."""
    found = task.check_examples(examples.items, config)
    if found:
        remedy = "Correct these rows or leave them out; or tune a version on data that has such labels."
        raise DataError([f"{examples.places[index]}: {problem}" for index, problem in found], remedy)


def check_training(examples: Examples, task: HeadTask[Any, Any, Any], options: HeadOptions) -> None:
    """Raise `DataError` that tells every row that cannot be learnt from, each with its place."""
    found = task.check_training(examples.items, options)
    if found:
        problems = [f"{examples.places[index]}: {problem}" for index, problem in found]
        raise DataError(problems, "Correct these rows or leave them out.")
