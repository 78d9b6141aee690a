"""Answers at the terminal: spans highlighted in their text, everything else as a short line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from rich.text import Text

from trunkline.cli.output import print_text

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")


def show_answer(text: str, answer: BaseModel) -> None:
    """Print one text's answer: highlighted where it has spans, else field by field."""
    fields = answer.model_dump(mode="json", exclude={"model"}, exclude_none=True)
    spans = next((value for value in fields.values() if _are_spans(value)), None)
    if spans is not None:
        print_text(highlighted(text, spans))
        return
    line = Text(text if len(text) <= 80 else text[:79] + "…", style="dim")
    print_text(line.append("  ").append(_line(fields), style="bold not dim"))


def _are_spans(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, dict) and {"start", "end", "label"} <= one.keys() for one in value)
    )


def highlighted(text: str, spans: Sequence[Mapping[str, Any]]) -> Text:
    """Mark each span and put its label behind it; spans do not overlap."""
    shown, at = Text(), 0
    labels = sorted({str(span["label"]) for span in spans})
    for span in sorted(spans, key=lambda span: int(span["start"])):
        colour = _COLOURS[labels.index(str(span["label"])) % len(_COLOURS)]
        shown.append(text[at : span["start"]])
        shown.append(text[span["start"] : span["end"]], style=f"bold {colour}")
        shown.append(f" [{span['label']}]", style=colour)
        at = int(span["end"])
    return shown.append(text[at:])


def _line(fields: Mapping[str, Any]) -> str:
    return "  ".join(part for part in (_part(name, value) for name, value in fields.items()) if part)


def _part(name: str, value: Any) -> str:
    if isinstance(value, float):
        return f"{name} {value:.3f}"
    if isinstance(value, list):
        told = ", ".join(_item(one) for one in value[:5])
        return f"{name} {told or 'none'}"
    return "" if isinstance(value, dict) else f"{name} {value}"


def _item(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{part:.2f}" if isinstance(part, float) else str(part) for part in value.values())
    return str(value)
