"""What a decoder writes in: tokens of the target language, and which of them name a language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from trunkline import InvalidInput

FILE = "vocabulary.json"
"""The name of the file, a tokenizer.json, that a version keeps beside its weights."""
_LANGUAGE = re.compile(r"__([a-z]{2,3})__|([a-z]{2,3}_[A-Z]{2}|[a-z]{3}_[A-Z][a-z]{3})")
"""How M2M100 (__de__), mBART-50 (de_DE) and NLLB (deu_Latn) call a language among their special tokens."""


@dataclass(frozen=True)
class Vocabulary:
    """The target side's tokenizer, without special tokens of its own; many threads may share it."""

    backend: Tokenizer

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read a tokenizer.json."""
        return cls.of(path.read_text(encoding="utf-8"))

    @classmethod
    def of(cls, text: str) -> Vocabulary:
        """Take the text of a tokenizer.json. Raises `InvalidInput` where it is none."""
        try:
            backend = Tokenizer.from_str(text)
        except Exception as error:  # the library raises the bare class
            raise InvalidInput(f"{FILE} cannot be read as a tokenizer: {error}") from error
        backend.no_truncation()
        backend.no_padding()
        backend.encode_special_tokens = True  # "</s>" in a text is four characters, not its end
        return cls(backend)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Give the ids of each text, special tokens left out."""
        return [one.ids for one in self.backend.encode_batch_fast(list(texts), add_special_tokens=False)]

    def decode(self, ids: Sequence[Sequence[int]]) -> list[str]:
        """Give the text of each sequence; special tokens are left out."""
        return [text.strip() for text in self.backend.decode_batch([list(one) for one in ids])]

    def languages(self) -> dict[str, int]:
        """Map the codes of the languages that have a token of their own to it, as the model writes them."""
        special = {added.content: number for number, added in self.backend.get_added_tokens_decoder().items()}
        found = {match[1] or match[2]: special[match[0]] for match in map(_LANGUAGE.fullmatch, special) if match}
        return dict(sorted(found.items()))


def of_files(files: Mapping[str, Path]) -> Vocabulary:
    """Load the vocabulary among a version's files. Raises `InvalidInput` where there is none."""
    if FILE not in files:
        raise InvalidInput(f"the version keeps no {FILE}: import it again")
    return Vocabulary.load(files[FILE])
