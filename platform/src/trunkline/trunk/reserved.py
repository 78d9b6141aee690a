"""Token ids that no text may produce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Reserved:
    """The special tokens' ids, and the unknown token's, which stands in where a text spells one.

    The library's own switch (`encode_special_tokens`) keeps special tokens from being matched before the model runs.
    A Unigram model still has `<s>` among its pieces, and finds it in a text.
    """

    table: NDArray[np.bool_]  # (vocabulary,) whether an id is reserved
    unknown: int | None  # None: the model knows every text, so it spells special tokens in pieces too

    @classmethod
    def of(cls, backend: Any, model: Mapping[str, Any]) -> Reserved:
        """Read them off a tokenizer and the `model` of the tokenizer.json that it was made of."""
        special = [index for index, token in backend.get_added_tokens_decoder().items() if token.special]
        unknown = model.get("unk_id")
        if unknown is None and model.get("unk_token") is not None:
            unknown = backend.token_to_id(model["unk_token"])
        table = np.zeros(max([backend.get_vocab_size(), *(index + 1 for index in special)]), dtype=np.bool_)
        table[[index for index in special if index != unknown]] = True
        return cls(table, unknown)

    def replaced(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        """Give `ids` with the unknown token in place of special ones."""
        if self.unknown is None:
            return ids
        found = self.table[ids]
        return np.where(found, np.int32(self.unknown), ids) if found.any() else ids
