"""Whether examples can be learnt from, or a version be measured on them, at all; and what looks wrong in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from trunkline.contract.head_task import HeadConfig, HeadOptions, HeadTask
from trunkline.data import bad_rows
from trunkline.data.examples import Examples
from trunkline.errors import DataError
from trunkline.progress import Progress


def check_examples(
    examples: Examples, task: HeadTask[Any, Any, Any], config: HeadConfig, dropping: Progress | None = None
) -> Examples:
    """Raise `DataError` that tells every example the version knows no answer to, each with its place.

    With `dropping`, which is told of them, the others are given; it raises where there are none.
    """
    found = task.check_examples(examples.items, config)
    remedy = "Correct these rows or leave them out, or tune on data that has such labels."
    return _usable(examples, found, remedy, dropping)


def check_training(
    examples: Examples, task: HeadTask[Any, Any, Any], options: HeadOptions, dropping: Progress | None = None
) -> Examples:
    """Raise `DataError` that tells every row that cannot be learnt from, each with its place.

    With `dropping`, which is told of them, the others are given; it raises where they teach nothing.
    """
    found = task.check_training(examples.items, options)
    usable = _usable(examples, found, "Correct these rows or leave them out.", dropping)
    return usable if usable is examples else check_training(usable, task, options)


def warnings(examples: Examples, task: HeadTask[Any, Any, Any]) -> list[str]:
    """Tell what looks wrong in examples that can still be used: what the task sees, and rows without a text."""
    blank = [place for place, item in zip(examples.places, examples.items, strict=True) if _is_blank(item, task)]
    found = list(task.warnings(examples.items))
    if blank:
        found.append(f"{len(blank)} row(s) with an empty text, the first {blank[0]}: give them one or leave them out")
    return found


def _usable(examples: Examples, found: Sequence[tuple[int, str]], remedy: str, dropping: Progress | None) -> Examples:
    if not found:
        return examples
    bad = {index for index, _ in found}
    if dropping is None or len(bad) == len(examples):
        raise DataError(_told(examples, found), remedy)
    bad_rows.told(dropping, examples.name, len(bad), _told(examples, found))
    kept = examples.subset(index for index in range(len(examples)) if index not in bad)
    return replace(kept, dropped=examples.dropped + len(bad))


def _is_blank(item: Any, task: HeadTask[Any, Any, Any]) -> bool:
    """Tell whether a text that the trunk is to read of an example is empty or nothing but white space."""
    texts = [text for one in task.encoder_inputs(task.request(item)) for text in (one.text, one.pair)]
    return any(text is not None and not text.strip() for text in texts)


def _told(examples: Examples, found: Sequence[tuple[int, str]]) -> list[str]:
    """Put each problem behind its row's place; where they are many, each once with how many rows have it."""
    if len(found) <= DataError.SHOWN:
        return [f"{examples.places[index]}: {problem}" for index, problem in found]
    places: dict[str, list[str]] = defaultdict(list)
    for index, problem in found:
        places[problem].append(examples.places[index])
    return [
        f"{rows[0]}: {problem}" if len(rows) == 1 else f"{problem} ({len(rows)} rows, the first {rows[0]})"
        for problem, rows in places.items()
    ]
