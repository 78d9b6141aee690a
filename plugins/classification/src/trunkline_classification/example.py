"""One labelled row, and how its labels are read."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

SEPARATOR = "|"  # between the labels of a row in formats that have no lists (CSV, TSV)


def _name(value: Any) -> Any:
    """Turn a number into the name it stands for: 3 and 3.0 into "3", True into "true"."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value) if isinstance(value, int) else value


def _names(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return tuple(dict.fromkeys(_name(item) for item in value))
    return _name(value)


def _whole(text: str) -> str:
    """Return `text` unchanged; half a surrogate pair (JSON can spell one) has no UTF-8 form and cannot be kept."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("it has half a surrogate pair, which no encoding can hold")
    return text


Text = Annotated[str, AfterValidator(_whole)]


class ClassificationExample(BaseModel):
    """A text, or a pair of texts, with its label; a list of labels makes the task multi-label."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={"examples": [{"text": "Where is my parcel?", "label": "delivery"}]},
    )

    text: Text
    text_pair: Text | None = None
    label: Annotated[Text | tuple[Text, ...], BeforeValidator(_names)] = Field(
        description=f"the label; or several, as a list or joined by {SEPARATOR!r}"
    )


def labels_of(example: ClassificationExample, multi_label: bool) -> tuple[str, ...]:
    """Give the labels of a row as written: one for a single-label task, none or more for a multi-label one.

    Only a multi-label task splits a text at the separator, so a single label may hold it.
    """
    if isinstance(example.label, tuple):
        return example.label
    if not multi_label:
        return (example.label,)
    pieces = (piece.strip() for piece in example.label.split(SEPARATOR))
    return tuple(dict.fromkeys(piece for piece in pieces if piece))
