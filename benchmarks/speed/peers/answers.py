"""From a whole model's logits to answers: the label of a text, or the spans of its words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def read(head: dict[str, Any], logits: NDArray[Any], encoding: Any) -> Any:
    """Give [label, probability], or [[start, end, label], ...] in code points."""
    logits = np.asarray(logits, dtype=np.float32)
    if head["task"] == "classification":
        powers = np.exp(logits - logits.max())
        best = int(powers.argmax())
        return [head["labels"][best], float(powers[best] / powers.sum())]
    return spans(logits.argmax(axis=-1), encoding, head["tags"])


def spans(tags: NDArray[np.intp], encoding: Any, names: Sequence[str]) -> list[list[Any]]:
    """Join neighbouring words of one tag; the first token of a word speaks for it."""
    found: list[list[Any]] = []
    before, last = None, "O"
    for token, (word, (start, end)) in enumerate(zip(encoding.word_ids, encoding.offsets, strict=True)):
        if word is None:
            continue
        if word != before:
            tag = names[tags[token]]
            if tag != "O" and tag == last:
                found[-1][1] = end
            elif tag != "O":
                found.append([start, end, tag[2:]])
            before, last = word, tag
        elif last != "O":
            found[-1][1] = end
    return found
