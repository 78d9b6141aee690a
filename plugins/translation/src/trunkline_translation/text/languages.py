"""How sentences of a language follow one another."""

from __future__ import annotations

from trunkline_translation.languages import primary as base

__all__ = ["base", "joins_without_space"]

_SPACELESS = frozenset({"zh", "ja", "yue", "wuu", "nan", "lzh"})


def joins_without_space(language: str) -> bool:
    """Tell whether sentences of `language` follow one another without a space, as in Chinese and Japanese."""
    return base(language) in _SPACELESS
