"""Wishes in words become prompts: a target language that the model knows is what a translation opens with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer, models
from tokenizers.processors import TemplateProcessing

from trunkline import InvalidInput
from trunkline_translation.vocabulary import Vocabulary
from trunkline_translation.writing import Wish, Writing

WORDS = ["</s>", "<pad>", "__de__", "__fr__", "wort", "mot"]
CONFIG = {
    "decoder": {"vocabulary": len(WORDS), "tokens": {"start": 1, "eos": 0, "pad": 1, "forbidden": [1]}},
    "target_tokens": {"de": 2, "fr": 3},
}


class Rows:
    """What was read so far, a list a row."""

    def __init__(self, read: list[list[int]]) -> None:
        self.read = read

    @property
    def rows(self) -> int:
        return len(self.read)

    def take(self, rows: Any) -> Rows:
        return Rows([self.read[row] for row in rows])

    def joined(self, other: Rows) -> Rows:
        return Rows(self.read + other.read)


class ByLanguage:
    """Writes one word of the language whose token it has read last, then the end."""

    def start(self, memories: Any) -> Rows:
        return Rows([[] for _ in memories])

    def step(self, ids: NDArray[np.int64], cache: Rows) -> NDArray[np.float32]:
        logits = np.zeros((len(ids), len(WORDS)), np.float32)
        for row, token in enumerate(ids.tolist()):
            logits[row, token + 2 if token in (2, 3) else 0] = 5.0
        return logits


@pytest.fixture
def writing() -> Writing:
    backend = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="</s>"))
    backend.add_special_tokens([AddedToken(word, special=True) for word in WORDS[:4]])
    ends = [("</s>", 0)]
    backend.post_processor = TemplateProcessing(single="$A </s>", pair="$A $B </s>", special_tokens=ends)
    return Writing(ByLanguage(), CONFIG, Vocabulary.of(backend.to_str()))


def test_a_translation_opens_with_its_language(writing: Writing) -> None:
    for language in ("de", "fr"):
        writing.add(language, np.zeros((3, 2), np.float32), Wish(target_lang=language))
    told: dict[Any, Any] = {}
    while writing.active:
        told |= dict(writing.step())
    assert {language: found[0].text for language, found in told.items()} == {"de": "wort", "fr": "mot"}


def test_a_language_that_it_does_not_write_is_refused(writing: Writing) -> None:
    with pytest.raises(InvalidInput, match="this model writes de, fr"):
        writing.add("one", np.zeros((3, 2), np.float32), Wish(target_lang="pt"))
