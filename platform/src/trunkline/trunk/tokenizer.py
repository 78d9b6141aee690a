"""Text to tokens and back to characters, with the `tokenizers` library alone: no torch, no transformers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer as Backend

from trunkline.errors import InvalidInput, TrunkError
from trunkline.trunk.conversion import canonical_tokenizer_json
from trunkline.trunk.files import read_object, read_text
from trunkline.trunk.inputs import Encoded, EncoderInput
from trunkline.trunk.limits import max_length
from trunkline.trunk.reserved import Reserved
from trunkline.trunk.sides import Side, plain_side, side
from trunkline.trunk.spelling import FOREIGN, Spelling, Spelt
from trunkline.trunk.template import Template

_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Tokenizer:
    """A trunk's tokenizer; stateless after loading, so many threads may share one."""

    backend: Backend
    template: Template
    reserved: Reserved
    pad_id: int
    max_length: int  # tokens in one window, special tokens included
    spelling: Spelling | None = None  # normalises texts where the backend would do it less exactly
    splits: bool = False  # at white space and punctuation, so that no word of ASCII holds either beside letters
    _unknown: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)  # by character, as asked for

    @classmethod
    def from_folder(cls, folder: Path) -> Tokenizer:
        """Load from tokenizer.json, tokenizer_config.json and config.json. Raises `TrunkError`.

        A folder that is no trunk's own is read as an import would, slow tokenizers too.
        """
        config = read_object(folder / "config.json")
        file = folder / "tokenizer.json"
        own = file.is_file() and set(read_object(folder / "tokenizer_config.json")) == {"model_max_length"}
        text = read_text(file) if own else canonical_tokenizer_json(folder, config)
        limits = [read_object(folder / name) for name in ("tokenizer_config.json", "sentence_bert_config.json")]
        return cls.from_json(text, int(config.get("pad_token_id") or 0), max_length(config, *limits))

    @classmethod
    def from_json(cls, text: str, pad_id: int, length: int) -> Tokenizer:
        """Load from the text of a tokenizer.json. Raises `TrunkError`."""
        try:
            backend = Backend.from_str(text)
        except Exception as error:  # the library raises the bare class
            raise TrunkError(f"tokenizer.json cannot be read: {error}") from error
        backend.no_truncation()
        backend.no_padding()
        backend.encode_special_tokens = True  # "[SEP]" in a text is five characters, not a border
        described = json.loads(text)
        splits = (described.get("pre_tokenizer") or {}).get("type") == "BertPreTokenizer"
        template, reserved = Template.derive(backend), Reserved.of(backend, described["model"])
        spelling = Spelling.of(described)
        if spelling is not None:
            backend.normalizer = None
        return cls(backend, template, reserved, pad_id, length, spelling, splits)

    @property
    def languages(self) -> Mapping[str, int]:
        """The token of each language that an `EncoderInput` may name; empty where the trunk is told none."""
        return self.template.languages

    def ids(self) -> Iterable[int]:
        """Give the ids that may come out: of texts and around them."""
        framing = [
            token for frame in (self.template.single, self.template.pair) for part in frame.parts for token in part.ids
        ]
        yield from (*framing, *self.languages.values())
        reserved = self.reserved
        for token in self.backend.get_vocab(with_added_tokens=True).values():
            if reserved.unknown is None or not reserved.table[token]:
                yield token

    def encode(self, inputs: Sequence[EncoderInput]) -> list[Encoded]:
        """Tokenise inputs as one batch: content tokens only, neither cut nor padded.

        Raises `InvalidInput` for a text with a lone surrogate, which has no UTF-8 form, and for an unknown language.
        """
        texts: list[str] = []
        for source in inputs:
            texts.append(check_text(source.text))
            if source.pair is not None:
                texts.append(check_text(source.pair))
            if source.language:
                self.template.token(source.language)
        sides = iter(self._sides(texts))
        return [self._joined(source, sides) for source in inputs]

    def count(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of texts, special ones included; quicker than `encode`, without its offsets."""
        spelt = texts if self.spelling is None else [self.spelling.spell(text).text for text in texts]
        encodings = self.backend.encode_batch_fast(list(spelt), add_special_tokens=False)
        return [self.template.single.size + len(encoding.ids) for encoding in encodings]

    def unknown(self, text: str) -> frozenset[str]:
        """Give the characters of `text` that are read as unknown by themselves; a lone surrogate is.

        None of a text that is known as a whole: a vocabulary of words may know no single letter.
        """
        alone = self._alone(text)
        if not alone or _SURROGATES.search(text):
            return alone
        [read] = self.encode([EncoderInput(text)])
        return alone if self.reserved.unknown in read.ids.tolist() else frozenset()

    def _alone(self, text: str) -> frozenset[str]:
        """Give the characters of `text` that would be unknown as texts of their own."""
        signs = frozenset(text)
        new = [sign for sign in signs if sign not in self._unknown]
        legal = [sign for sign in new if not _SURROGATES.match(sign)]
        encoded = self.encode([EncoderInput(sign) for sign in legal]) if legal else []
        known = {
            sign for sign, one in zip(legal, encoded, strict=True) if self.reserved.unknown not in one.ids.tolist()
        }
        self._unknown.update((sign, sign not in known) for sign in new)  # whole: other threads read it meanwhile
        return frozenset(sign for sign in signs if self._unknown[sign])

    def _joined(self, source: EncoderInput, sides: Iterator[Side]) -> Encoded:
        first = next(sides)
        if source.pair is None:
            numbers = np.zeros(len(first.ids), dtype=np.int8)
            return Encoded(source, self.reserved.replaced(first.ids), first.offsets, numbers, first.word_starts)
        return self._pair(source, [first, next(sides)])

    def _pair(self, source: EncoderInput, sides: Sequence[Side]) -> Encoded:
        return Encoded(
            source=source,
            ids=self.reserved.replaced(np.concatenate([side.ids for side in sides])),
            offsets=np.concatenate([side.offsets for side in sides]),
            sides=np.repeat(np.arange(len(sides), dtype=np.int8), [len(side.ids) for side in sides]),
            word_starts=np.concatenate([side.word_starts for side in sides]),
        )

    def _sides(self, texts: Sequence[str]) -> list[Side]:
        spelling = self.spelling
        if spelling is None:
            encodings = self.backend.encode_batch(texts, add_special_tokens=False)
            return [self._side(text, encoding) for text, encoding in zip(texts, encodings, strict=True)]
        spelt = [spelling.spell(text) for text in texts]
        encodings = self.backend.encode_batch([one.text for one in spelt], add_special_tokens=False)
        return [self._spelt_side(*one) for one in zip(texts, spelt, encodings, strict=True)]

    def _side(self, text: str, encoding: Any) -> Side:
        if self.splits and text.isascii():
            return plain_side(encoding)
        return side(text, encoding.ids, encoding.offsets, encoding.word_ids)

    def _spelt_side(self, text: str, spelt: Spelt, encoding: Any) -> Side:
        ids = encoding.ids
        if self.reserved.unknown in ids:
            ids = [
                self._foreign(spelt.text[start:end]) if token == self.reserved.unknown else token
                for token, (start, end) in zip(ids, encoding.offsets, strict=True)
            ]
        offsets = [spelt.span(start, end) for start, end in encoding.offsets]
        return side(text, ids, offsets, encoding.word_ids)

    def _foreign(self, run: str) -> int | None:
        """Give the id of a run of unknown characters: that of a piece which the vocabulary alone knows, or unknown."""
        found = self.backend.token_to_id(FOREIGN + run)
        return self.reserved.unknown if found is None else found


def check_text(text: str) -> str:
    """Return `text` unchanged. Raises `InvalidInput` where it holds a lone surrogate."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        raise InvalidInput(
            f"the text has a lone surrogate (U+{code:04X}) at character {error.start}, which no encoding can hold: "
            "decode the source as UTF-8, or replace it"
        ) from None
    return text
