"""Text to tokens and back to characters, with the `tokenizers` library alone: no torch, no transformers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer as Backend

from trunkline.errors import InvalidInput, TrunkError
from trunkline.trunk.files import read_object, read_text
from trunkline.trunk.inputs import Encoded, EncoderInput
from trunkline.trunk.limits import max_length
from trunkline.trunk.reserved import Reserved
from trunkline.trunk.template import Template
from trunkline.trunk.words import word_starts


@dataclass(frozen=True)
class Tokenizer:
    """A trunk's tokenizer; stateless after loading, so many threads may share one."""

    backend: Backend
    template: Template
    reserved: Reserved
    pad_id: int
    max_length: int  # tokens in one window, special tokens included
    splits: bool = False  # at white space and punctuation, so that no word of ASCII holds either beside letters

    @classmethod
    def from_folder(cls, folder: Path) -> Tokenizer:
        """Load from tokenizer.json, tokenizer_config.json and config.json. Raises `TrunkError`."""
        if not (folder / "tokenizer.json").is_file():
            raise TrunkError(f"{folder} has no tokenizer.json: save the model's fast tokenizer beside it")
        text = read_text(folder / "tokenizer.json")
        config = read_object(folder / "config.json")
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
        return cls(backend, Template.derive(backend), Reserved.of(backend, described["model"]), pad_id, length, splits)

    def encode(self, inputs: Sequence[EncoderInput]) -> list[Encoded]:
        """Tokenise inputs as one batch: content tokens only, neither cut nor padded.

        Raises `InvalidInput` for a text with a lone surrogate, which has no UTF-8 form.
        """
        texts: list[str] = []
        for source in inputs:
            texts.append(check_text(source.text))
            if source.pair is not None:
                texts.append(check_text(source.pair))
        encodings = iter(self.backend.encode_batch(texts, add_special_tokens=False))
        return [self._joined(source, encodings) for source in inputs]

    def count(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of texts, special ones included; quicker than `encode`, without its offsets."""
        encodings = self.backend.encode_batch_fast(list(texts), add_special_tokens=False)
        return [self.template.single.size + len(encoding.ids) for encoding in encodings]

    def _joined(self, source: EncoderInput, encodings: Any) -> Encoded:
        first = self._side(source.text, next(encodings))
        if source.pair is None:
            sides = np.zeros(len(first.ids), dtype=np.int8)
            return Encoded(source, self.reserved.replaced(first.ids), first.offsets, sides, first.word_starts)
        return self._pair(source, [first, self._side(source.pair, next(encodings))])

    def _pair(self, source: EncoderInput, sides: Sequence[_Side]) -> Encoded:
        return Encoded(
            source=source,
            ids=self.reserved.replaced(np.concatenate([side.ids for side in sides])),
            offsets=np.concatenate([side.offsets for side in sides]),
            sides=np.repeat(np.arange(len(sides), dtype=np.int8), [len(side.ids) for side in sides]),
            word_starts=np.concatenate([side.word_starts for side in sides]),
        )

    def _side(self, text: str, encoding: Any) -> _Side:
        return _plain_side(encoding) if self.splits and text.isascii() else _side(text, encoding)


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


@dataclass(frozen=True, slots=True)
class _Side:
    ids: NDArray[np.int32]
    offsets: NDArray[np.int32]
    word_starts: NDArray[np.bool_]


def _plain_side(encoding: Any) -> _Side:
    """Give what `_side` would of a text in ASCII that was split at white space and punctuation, in less time."""
    words = np.array(encoding.word_ids, dtype=np.int32)
    starts = np.ones(len(words), dtype=np.bool_)
    starts[1:] = words[1:] != words[:-1]
    offsets = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2)
    return _Side(np.array(encoding.ids, dtype=np.int32), offsets, starts)


def _side(text: str, encoding: Any) -> _Side:
    offsets = [
        _trimmed(text, *span)
        if text[span[0] : span[0] + 1].isspace() or text[span[1] - 1 : span[1]].isspace()
        else span
        for span in encoding.offsets
    ]
    return _Side(
        ids=np.array(encoding.ids, dtype=np.int32),
        offsets=np.array(offsets, dtype=np.int32).reshape(-1, 2),
        word_starts=np.array(word_starts(text, offsets, encoding.word_ids), dtype=np.bool_),
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave white space out at both ends: byte-level BPE and metaspace count the space before a word as its own."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
