"""From jobs of any task to batches of rows: a pure function."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from trunkline.serving.job import Job
from trunkline.serving.reader import Reader
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.windows import Window


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A distinct input, and all jobs that ask about it."""

    windows: Sequence[Window]
    jobs: Sequence[Job]

    def readers(self) -> dict[Hashable, Reader]:
        """Give the readers that somebody still waits for, by key."""
        return {job.reader.key: job.reader for job in self.jobs if job.wanted()}


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One window of a piece, and who reads it where."""

    piece: Piece
    index: int  # of the window in its piece
    readers: Sequence[Reader]

    @property
    def window(self) -> Window:
        return self.piece.windows[self.index]

    @property
    def depth(self) -> int:
        """The highest layer that this row must reach."""
        return max(reader.reads[-1] for reader in self.readers)

    @property
    def stops(self) -> set[int]:
        """The layers at which somebody reads this row."""
        return {layer for reader in self.readers for layer in reader.reads}


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Rows that run as one rectangle."""

    rows: Sequence[Row]

    @property
    def stops(self) -> list[int]:
        """The layers at which rows are read, ascending."""
        return sorted(set().union(*(row.stops for row in self.rows)))

    def narrowed(self) -> Batch | None:
        """Leave out what nobody waits for any more; None where nothing is left."""
        still = {id(row.piece): row.piece for row in self.rows}
        readers = {key: tuple(piece.readers().values()) for key, piece in still.items()}
        rows = [Row(row.piece, row.index, readers[id(row.piece)]) for row in self.rows if readers[id(row.piece)]]
        return Batch(rows) if rows else None

    def halves(self) -> Sequence[Batch]:
        """Split between pieces; nothing where all rows are of one."""
        pieces = list(dict.fromkeys(id(row.piece) for row in self.rows))
        if len(pieces) == 1:
            return ()
        left = set(pieces[: len(pieces) // 2])
        return (
            Batch([row for row in self.rows if id(row.piece) in left]),
            Batch([row for row in self.rows if id(row.piece) not in left]),
        )


def plan(jobs: Sequence[Job], batch_tokens: int) -> list[Batch]:
    """Merge jobs with equal inputs, and cut their windows, sorted by length, at `batch_tokens` padded tokens.

    A window that is longer by itself still runs, alone.
    """
    rows = [
        Row(piece, index, readers)
        for piece in merge(jobs)
        if (readers := tuple(piece.readers().values()))
        for index in range(len(piece.windows))
    ]
    rows.sort(key=lambda row: (len(row.window), row.depth))
    return [Batch(cut) for cut in _cut(rows, batch_tokens)]


def merge(jobs: Sequence[Job]) -> list[Piece]:
    """Put the jobs of equal inputs together, in order of arrival."""
    by_input: dict[EncoderInput, list[Job]] = {}
    for job in jobs:
        by_input.setdefault(job.encoded.source, []).append(job)
    return [Piece(of_input[0].windows, of_input) for of_input in by_input.values()]


def _cut(rows: Sequence[Row], batch_tokens: int) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:  # ascending: the newest row is the longest, and all are padded to it
        if batch and (len(batch) + 1) * len(row.window) > batch_tokens:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
