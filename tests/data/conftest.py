"""A task of the tests' own, with what data files hold: texts, labels, nested spans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import BaseModel, Field

from trunkline.contract import HeadTask, Plugins, load_plugins


class Entity(BaseModel):
    start: int = Field(ge=0)
    end: int


class Message(BaseModel):
    text: str
    label: str
    text_pair: str | None = None
    entities: list[Entity] = []


class Messages(HeadTask[Any, Any, Message]):
    """Reads and splits data; nothing here asks it to predict."""

    name = "messages"
    summary = "Messages with labels"
    example_model = Message

    def stratum(self, example: Message) -> str | None:
        return example.label

    def _unused(self, *values: Any) -> Any:
        raise NotImplementedError

    request = encoder_inputs = head_config = targets = decode = respond = score = build_head = loss = _unused


@pytest.fixture
def task() -> Messages:
    return Messages()


@pytest.fixture
def plugins() -> Plugins:
    return load_plugins(block=_installed())


@pytest.fixture
def make_message() -> type[Message]:
    return Message


def _installed() -> Sequence[str]:
    from importlib.metadata import entry_points

    return [point.name for point in entry_points(group="trunkline")]
