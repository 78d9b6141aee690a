"""What rows teach nothing, or cannot be measured on; and what looks wrong in them."""

from __future__ import annotations

from collections.abc import Sequence

from trunkline import DataError
from trunkline_qa.retrieval.examples import RetrievalExample


def learnable(examples: Sequence[RetrievalExample]) -> None:
    """Raise `DataError` where there is no right text, or no other text to tell it from."""
    if not any(example.right for example in examples):
        raise DataError(["no row has a right text: all are unclicked"], "Give rows with clicked (or label) 1.")
    if len({example.text for example in examples}) < 2:
        raise DataError(["all rows have one text: there is nothing to tell it from"], "Give rows of several texts.")


def unmeasurable(examples: Sequence[RetrievalExample]) -> list[tuple[int, str]]:
    """Give (index, problem) for all rows where none has a right text."""
    if any(example.right for example in examples):
        return []
    return [
        (index, "clicked: 0, as in every row: no query has a right text to be found") for index in range(len(examples))
    ]


def warnings(examples: Sequence[RetrievalExample]) -> list[str]:
    """Tell of queries without a right text, and of texts that are their own query."""
    found = []
    queries = {example.query for example in examples}
    idle = queries - {example.query for example in examples if example.right}
    if idle:
        found.append(f"{len(idle)} of {len(queries)} queries have no clicked text: no figure counts them")
    same = sum(example.query == example.text for example in examples)
    if same:
        found.append(f"{same} row(s) have the query itself as their text: nothing is learnt from them")
    return found
