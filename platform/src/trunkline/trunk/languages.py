"""The tokens that tell a trunk which language it reads, or translates into: one of them stands before each text.

- `__en__`: M2M100, as en
- `eng_Latn`: NLLB-200, as it is
- `en_XX`: mBART, as it is
- `>>fra<<`: Marian, as fra; the language that a model of several targets translates into
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

_KINDS = (r"__([a-z_]+)__", r"([a-z]{3}_[A-Z][a-z]{3})", r"([a-z]{2}_[A-Z]{2})")
_MARIAN = r">>(.+)<<"


def names_a_language(token: str) -> bool:
    """Tell whether a special token looks like one that names a language."""
    return any(re.fullmatch(kind, token) for kind in (*_KINDS, _MARIAN))


def languages(backend: Any, framing: Collection[int]) -> Mapping[str, int]:
    """Give the token of each language, by its name, sorted; `framing` are the ids around a text.

    Special tokens that look like languages are some only where one of their kind stands around a text already. Marian's
    stand nowhere by default, and look like nothing else.
    """
    special = {token.content: index for index, token in backend.get_added_tokens_decoder().items() if token.special}
    for kind in (*_KINDS, _MARIAN):
        matches = {index: re.fullmatch(kind, name) for name, index in special.items()}
        found = {match[1]: index for index, match in matches.items() if match}
        if found and (kind == _MARIAN or set(found.values()) & set(framing)):
            return dict(sorted(found.items()))
    return {}
