"""Where words begin among sub-word tokens, so that a tagger labels one token of each."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

# Scripts written without spaces between words: a pre-tokenizer that splits at spaces takes a whole sentence for one
# word there, so every token counts as a word of its own. Ranges of code points, from the Unicode block list.
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3400, 0x4DBF),  # CJK Extension A
    (0x4E00, 0x9FFF),  # CJK Unified
    (0xF900, 0xFAFF),  # CJK Compatibility
    (0x20000, 0x323AF),  # CJK Extensions B to H
)


def word_starts(text: str, offsets: Sequence[tuple[int, int]], words: Sequence[int | None]) -> list[bool]:
    """Tell for each token whether it opens a word, or a run of punctuation.

    A token does where the tokenizer's own word changes, or where letters and punctuation meet at its left edge:
    SentencePiece keeps `London.` one word. A token of no width (a lone space mark) opens nothing.
    """
    starts = []
    last_end, last_word = -1, None
    for (start, end), word in zip(offsets, words, strict=True):
        opens = end > start and (word != last_word or last_end < 0 or _border(text, last_end, start))
        starts.append(opens)
        if end > start:
            last_end, last_word = end, word
    return starts


def _border(text: str, end: int, start: int) -> bool:
    """Tell whether a word border lies between the character before `end` and the one at `start`, in one word."""
    if start < end:  # two tokens inside one character
        return False
    left, right = text[end - 1], text[start]
    if left.isascii() and right.isascii():
        return left.isalnum() != right.isalnum()
    if unicodedata.category(right).startswith("M"):  # a combining mark belongs to what it stands on
        return False
    return _kind(left) != _kind(right) or _unspaced(left) or _unspaced(right)


def _kind(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _unspaced(character: str) -> bool:
    code = ord(character)
    return code >= _UNSPACED[0][0] and any(low <= code <= high for low, high in _UNSPACED)
