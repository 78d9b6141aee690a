"""A model: a name with numbered versions and aliases among them."""

from __future__ import annotations

from trunkline.records.record import Record


class ModelInfo(Record):
    """What is known of a model without its versions' details."""

    task: str
    name: str  # unique across tasks
    newest: int
    versions: tuple[int, ...]  # the numbers that are not deleted, newest first
    aliases: dict[str, int]
