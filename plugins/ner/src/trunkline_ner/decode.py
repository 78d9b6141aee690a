"""From scores of tags to spans: the most probable sequence of tags that is valid in the head's scheme.

The score of a span is the mean probability of its units' tags.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from trunkline import CorruptArtifact
from trunkline_ner import schemes
from trunkline_ner.schemes import OUTSIDE, Scheme
from trunkline_ner.text import trimmed
from trunkline_ner.units import Units

Found = tuple[int, int, str, float]
"""Start and end in code points, label, score."""

_FORBIDDEN = np.float32(-1e4)  # finite, so that a head whose tags allow no valid sequence still gets an answer


def found(logits: NDArray[np.float32], words: Units, text: str, tags: tuple[str, ...], scheme: Scheme) -> list[Found]:
    """Give the entities that `logits` (u, tags) of the units of `text` mark; no white space at their edges.

    Raises `CorruptArtifact` for logits that are not finite.
    """
    return found_all([logits], [words], [text], tags, scheme)[0]


def found_all(
    logits: Sequence[NDArray[np.float32]],
    words: Sequence[Units],
    texts: Sequence[str],
    tags: tuple[str, ...],
    scheme: Scheme,
) -> list[list[Found]]:
    """Give the entities of several texts, as `found` would of each: most of the arithmetic is done for all at once."""
    lengths = np.array([len(one) for one in words])
    entities: list[list[Found]] = [[] for _ in words]
    if not lengths.sum():
        return entities
    together = np.concatenate(logits)
    if not np.isfinite(together).all():
        raise CorruptArtifact("the entity head gave logits that are not finite; its weights are damaged")
    scores = _log_softmax(together)
    path, invalid = _paths(scores, lengths, tags, scheme)
    ends = np.cumsum(lengths)
    marked = np.concatenate([[0], np.cumsum(np.array([tag != OUTSIDE for tag in tags])[path])])
    for index in np.flatnonzero((marked[ends] > marked[ends - lengths]) | invalid).tolist():
        start, end = int(ends[index] - lengths[index]), int(ends[index])
        own = best_path(scores[start:end], tags, scheme) if invalid[index] else path[start:end]
        entities[index] = _spans(own, scores[start:end], words[index], texts[index], tags)
    return entities


def _paths(
    scores: NDArray[np.float32], lengths: NDArray[np.intp], tags: tuple[str, ...], scheme: Scheme
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Give the best tag of each unit by itself, and which texts that leaves with a sequence that is not valid."""
    greedy: NDArray[np.intp] = scores.argmax(axis=1)
    owners = np.repeat(np.arange(len(lengths)), lengths)
    first, between, last = _penalties(tags, scheme)
    opens = np.concatenate([[True], owners[1:] != owners[:-1]])
    closes = np.concatenate([opens[1:], [True]])
    wrong = np.where(opens, first[greedy], 0) + np.where(closes, last[greedy], 0)
    wrong[1:] += np.where(opens[1:], 0, between[greedy[:-1], greedy[1:]])
    invalid = np.zeros(len(lengths), dtype=np.bool_)
    invalid[owners[wrong < 0]] = True
    return greedy, invalid


def _spans(
    path: NDArray[np.intp], scores: NDArray[np.float32], words: Units, text: str, tags: tuple[str, ...]
) -> list[Found]:
    sums = np.concatenate([[0.0], np.cumsum(np.exp(scores[np.arange(len(path)), path]), dtype=np.float64)]).tolist()
    spans = []
    for first, stop, label in schemes.spans([tags[index] for index in path]):
        start, end = trimmed(text, int(words.starts[first]), int(words.ends[stop - 1]))
        if start < end:
            spans.append((start, end, label, (sums[stop] - sums[first]) / (stop - first)))
    return spans


def best_path(scores: NDArray[np.float32], tags: tuple[str, ...], scheme: Scheme) -> NDArray[np.intp]:
    """Give the (u,) indices of the valid sequence with the greatest sum of `scores` (u, tags), u > 0.

    The best tag of each unit by itself, where that is valid; else Viterbi's algorithm.
    """
    greedy: NDArray[np.intp] = scores.argmax(axis=1)
    first, between, last = _penalties(tags, scheme)
    if not (first[greedy[0]] or last[greedy[-1]] or between[greedy[:-1], greedy[1:]].any()):
        return greedy
    return _viterbi(scores, first, between, last)


def _viterbi(
    scores: NDArray[np.float32], first: NDArray[np.float32], between: NDArray[np.float32], last: NDArray[np.float32]
) -> NDArray[np.intp]:
    length, columns = len(scores), np.arange(scores.shape[1])
    back = np.zeros(scores.shape, dtype=np.intp)
    best = scores[0].astype(np.float64) + first  # float64: sums over a long text stay exact enough to compare
    for position in range(1, length):
        candidates = best[:, None] + between
        back[position] = candidates.argmax(axis=0)
        best = candidates[back[position], columns] + scores[position]
    path = np.zeros(length, dtype=np.intp)
    path[-1] = (best + last).argmax()
    for position in range(length - 1, 0, -1):
        path[position - 1] = back[position, path[position]]
    return path


@lru_cache(maxsize=64)
def _penalties(
    tags: tuple[str, ...], scheme: Scheme
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Give what it costs to begin with a tag (t,), to go from one to the next (t, t), and to end with one (t,)."""
    first = _costs([valid(OUTSIDE, tag, scheme) for tag in tags])
    between = _costs([[valid(before, tag, scheme) for tag in tags] for before in tags])
    last = _costs([valid(tag, OUTSIDE, scheme) for tag in tags])
    return first, between, last


def _costs(allowed: object) -> NDArray[np.float32]:
    return np.where(np.asarray(allowed, dtype=bool), np.float32(0), _FORBIDDEN)


def valid(before: str, tag: str, scheme: Scheme) -> bool:
    """Tell whether `tag` may follow `before`; a text begins and ends as if between two `O`."""
    if scheme in (Scheme.IO, Scheme.IOB1):  # every sequence can be read
        return True
    part, label = schemes.role(tag)
    part_before, label_before = schemes.role(before)
    inside = part_before in ("B", "I")
    if scheme is Scheme.IOB2:
        return part != "I" or (inside and label == label_before)
    if inside:  # open: it must go on, and close
        return part in ("I", "E") and label == label_before
    return part in (OUTSIDE, "B", "S")


def _log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = logits.astype(np.float32) - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), dtype=np.float32)
