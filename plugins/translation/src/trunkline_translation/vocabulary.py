"""What a decoder writes in: tokens of the target language, and which of them name a language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trunkline import EncoderInput, InvalidInput, Tokenizer, TrunklineError

FILE = "vocabulary.json"
"""The name of the file, a tokenizer.json, that a version keeps beside its weights."""
_LANGUAGE = re.compile(r"__([a-z]{2,3})__|([a-z]{2,3}_[A-Z]{2}|[a-z]{3}_[A-Z][a-z]{3})")
"""How M2M100 (__de__), mBART-50 (de_DE) and NLLB (deu_Latn) call a language among their special tokens."""
_TOLD = re.compile(r">>([a-z]{2,3}(?:_[A-Za-z]{2,4})?)<<")
ENDLESS = 1_000_000  # tokens: nothing is cut


@dataclass(frozen=True)
class Vocabulary:
    """The target side's tokenizer, without special tokens of its own; many threads may share it."""

    tokenizer: Tokenizer

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read a tokenizer.json."""
        return cls.of(path.read_text(encoding="utf-8"))

    @classmethod
    def of(cls, text: str) -> Vocabulary:
        """Take the text of a tokenizer.json. Raises `InvalidInput` where it is none."""
        try:
            return cls(Tokenizer.from_json(text, 0, ENDLESS))
        except TrunklineError as error:
            raise InvalidInput(f"{FILE} is no tokenizer of a decoder: {error}") from error

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Give the ids of each text, special tokens left out."""
        return [one.ids.tolist() for one in self.tokenizer.encode([EncoderInput(text) for text in texts])]

    def decode(self, ids: Sequence[Sequence[int]]) -> list[str]:
        """Give the text of each sequence; special tokens are left out."""
        return [text.strip() for text in self.tokenizer.backend.decode_batch([list(one) for one in ids])]

    def languages(self) -> dict[str, int]:
        """Map the codes of the languages that have a token of their own to it, as the model writes them."""
        return self._named(_LANGUAGE)

    def told(self) -> dict[str, int]:
        """Map the codes of target languages that Marian's trunk is told before the text (>>deu<<) to their tokens."""
        return self._named(_TOLD)

    def _named(self, pattern: re.Pattern[str]) -> dict[str, int]:
        added = self.tokenizer.backend.get_added_tokens_decoder()
        special = {token.content: number for number, token in added.items()}
        found = {match[match.lastindex or 0]: special[match[0]] for match in map(pattern.fullmatch, special) if match}
        return dict(sorted(found.items()))


def of_files(files: Mapping[str, Path]) -> Vocabulary:
    """Load the vocabulary among a version's files. Raises `InvalidInput` where there is none."""
    if FILE not in files:
        raise InvalidInput(f"the version keeps no {FILE}: import it again")
    return Vocabulary.load(files[FILE])
