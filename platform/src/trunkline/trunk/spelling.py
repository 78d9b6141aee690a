"""A text as SentencePiece spells it before it cuts, character by character, and where each came from."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.trunk.charsmap import Charsmap

SPACE = "\u2581"
HEAD, TAIL, RUNS = r"\A +", rf"[ {SPACE}]+\z", " {2,}"  # what the normalizers of ours in a tokenizer.json look for
FOREIGN = " "
"""What stands before those pieces of a vocabulary that its SentencePiece model does not know."""
_PRINTABLE = "".join(map(chr, range(32, 127)))


@dataclass(frozen=True, slots=True)
class Spelt:
    """A spelt text, and for each of its characters the half-open span of the text that it stands for."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Give the text's own span for one of the spelt text."""
        if start == end:
            place = self.starts[start] if start < len(self.starts) else (self.ends[-1] if self.ends else 0)
            return place, place
        return self.starts[start], self.ends[end - 1]


class Spelling:
    """SentencePiece's normalisation (normalizer.cc): longest matches, white space, a space in front."""

    def __init__(self, charsmap: Charsmap | None, trims: bool, prefix: bool, symbols: Sequence[str] = ()) -> None:
        """Take `symbols`, the pieces that a user has defined: they are never normalised."""
        self._charsmap = charsmap
        self._trims = trims
        self._prefix = SPACE if prefix else ""
        self._symbols = sorted(symbols, key=len, reverse=True)
        self._plain_ascii = not symbols and all(self._match(sign, 0) == (sign, 1) for sign in _PRINTABLE)

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Spelling | None:
        """Read it off a tokenizer.json in the form that `spm_tokenizer_json` writes; None for any other."""
        steps = (described.get("normalizer") or {}).get("normalizers") or []
        before = described.get("pre_tokenizer") or {}
        if not steps or steps[-1].get("pattern") != {"String": " "} or before.get("prepend_scheme") != "never":
            return None
        tables = [base64.b64decode(step["precompiled_charsmap"]) for step in steps if step["type"] == "Precompiled"]
        symbols = [token["content"] for token in described.get("added_tokens") or () if not token["special"]]
        return cls(
            charsmap=Charsmap(tables[0]) if tables else None,
            trims=any(step.get("pattern") == {"Regex": HEAD} for step in steps),
            prefix=any(step["type"] == "Prepend" for step in steps),
            symbols=symbols,
        )

    def spell(self, text: str) -> Spelt:
        """Spell a text without lone surrogates."""
        if not text:
            return Spelt("", (), ())
        if self._plain_ascii and text.isascii() and text.isprintable() and not self._loose(text):
            places = range(len(text))
            front = (0,) if self._prefix else ()
            spelt = self._prefix + text.replace(" ", SPACE)
            return Spelt(spelt, (*front, *places), (*front, *(place + 1 for place in places)))
        return self._spelt(text)

    def _loose(self, text: str) -> bool:
        """Tell whether a text has white space that is taken out."""
        return self._trims and (text[0] == " " or text[-1] == " " or "  " in text)

    def _spelt(self, text: str) -> Spelt:
        signs, starts, ends = [self._prefix] if self._prefix else [], [0][: len(self._prefix)], [0][: len(self._prefix)]
        place, after_space = 0, self._trims
        while place < len(text):
            found, length = self._match(text, place)
            found = found.lstrip(" ") if after_space else found
            signs += found
            starts += [place] * len(found)
            ends += [place + length] * len(found)
            after_space = (found.endswith(" ") if found else after_space) and self._trims
            place += length
        return self._ended("".join(signs).replace(" ", SPACE), starts, ends)

    def _ended(self, spelt: str, starts: list[int], ends: list[int]) -> Spelt:
        if self._prefix and len(starts) > 1:
            starts[0] = ends[0] = starts[1]
        if self._trims:
            spelt = spelt.rstrip(SPACE)
        return Spelt(spelt, starts[: len(spelt)], ends[: len(spelt)])

    def _match(self, text: str, place: int) -> tuple[str, int]:
        for symbol in self._symbols:
            if text.startswith(symbol, place):
                return symbol, len(symbol)
        return (text[place], 1) if self._charsmap is None else self._charsmap.match(text, place)
