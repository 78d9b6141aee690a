"""How far a hypothesis has come with the phrases that it must write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trunkline_translation.search.prompt import Phrase


@dataclass(frozen=True, slots=True)
class Progress:
    placed: frozenset[int] = frozenset()
    free: int = 0  # tokens from here on belong to no phrase yet: placed phrases never share a token


class Phrases:
    """The phrases of one prompt. Those that cannot fit into `room` tokens, in their order, are given up at once.

    For those that are wanted, `missing` counts the tokens that must be written at least. It is never so high that no
    next token lowers it, so that a search which makes it fall once room is short places them all.
    """

    def __init__(self, phrases: Sequence[Phrase], room: int) -> None:
        self._all = range(len(phrases))
        self._wanted: dict[int, Phrase] = {}
        for place, phrase in enumerate(phrases):
            if min(map(len, phrase)) <= room:
                room -= min(map(len, phrase))
                self._wanted[place] = phrase

    def missing(self, progress: Progress, tokens: Sequence[int]) -> int:
        """Count the tokens that must still follow `tokens`, going on with a phrase that their end begins."""
        left = sum(min(map(len, self._wanted[place])) for place in self._open(progress))
        return min([left, *(left - gain for gain, _ in self._steps(progress, tokens))])

    def next_tokens(self, progress: Progress, tokens: Sequence[int]) -> set[int]:
        """Give the tokens that begin a phrase or go on with one that the end of `tokens` begins."""
        return {token for _, token in self._steps(progress, tokens)}

    def after(self, progress: Progress, tokens: Sequence[int]) -> Progress:
        """Give the progress with the last of `tokens`: what it closes is placed, unless a longer one is lost."""
        options = [Progress(progress.placed | {place}, len(tokens)) for place in self._closed(progress, tokens)]
        return min([*options, progress], key=lambda one: self.missing(one, tokens))

    def unplaced(self, progress: Progress) -> tuple[int, ...]:
        return tuple(place for place in self._all if place not in progress.placed)

    def _open(self, progress: Progress) -> list[int]:
        return [place for place in self._wanted if place not in progress.placed]

    def _closed(self, progress: Progress, tokens: Sequence[int]) -> list[int]:
        tail = tuple(tokens[progress.free :])
        return [place for place in self._open(progress) if any(tail[-len(way) :] == way for way in self._wanted[place])]

    def _steps(self, progress: Progress, tokens: Sequence[int]) -> list[tuple[int, int]]:
        """Give (tokens saved against the shortest way as a whole, next token) of all that is begun or may begin."""
        steps = []
        for place in self._open(progress):
            shortest = min(map(len, self._wanted[place]))
            for way in self._wanted[place]:
                for done in range(min(len(way), len(tokens) - progress.free + 1)):
                    if tuple(tokens[len(tokens) - done :]) == way[:done]:
                        steps.append((shortest - len(way) + done, way[done]))
        return steps
