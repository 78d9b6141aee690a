"""The families of encoders that can be trunks, by transformers' model type."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from trunkline.errors import MissingExtra, TrunkError

if TYPE_CHECKING:
    from trunkline.trunk.families.family import Family

FAMILIES = {
    "bart": ("seq2seq", "Bart"),
    "bert": ("bert", "Bert"),
    "deberta-v2": ("deberta", "Deberta"),
    "distilbert": ("distilbert", "DistilBert"),
    "m2m_100": ("seq2seq", "M2M100"),
    "marian": ("seq2seq", "Marian"),
    "mbart": ("seq2seq", "MBart"),
    "modernbert": ("modernbert", "ModernBert"),
    "roberta": ("roberta", "Roberta"),
    "t5": ("t5", "T5"),
    "xlm-roberta": ("roberta", "Roberta"),
}


def family_of(model_type: object) -> type[Family]:
    """Give the family of a config.json's model_type. Raises `TrunkError`, or `MissingExtra` without torch."""
    if not isinstance(model_type, str) or model_type not in FAMILIES:
        raise TrunkError(f"model_type {model_type!r} cannot be a trunk; supported: {', '.join(sorted(FAMILIES))}")
    module, name = FAMILIES[model_type]
    try:
        return cast("type[Family]", getattr(import_module(f"trunkline.trunk.families.{module}"), name))
    except ModuleNotFoundError as error:
        if error.name in ("torch", "transformers"):
            raise MissingExtra.needed(f"running a {model_type} trunk with torch", "torch") from error
        raise
