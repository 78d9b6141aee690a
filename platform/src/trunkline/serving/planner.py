"""From jobs of any task to batches of rows: a pure function."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from trunkline.serving.costs import Costs
from trunkline.serving.cutting import cuts
from trunkline.serving.job import Input, Job, Urgency
from trunkline.serving.reader import Reader
from trunkline.serving.state_cache import Kept
from trunkline.trunk.windows import Window

LEAST_APART = 1 / 8
"""Of a full pass: fewer rows than that fill no pass of their own, and ask for no graph of their own."""
HANDOVER = 0.4
"""Layers' work that it takes to hand states from one graph to another: a MiniLM in OpenVINO bf16, 1,024 tokens."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A distinct input, and all jobs that ask about it, by the key of their reader."""

    windows: Sequence[Window]
    jobs: Mapping[Hashable, Sequence[Job]]

    @classmethod
    def of(cls, jobs: Iterable[Job]) -> Piece:
        """Put jobs of equal inputs together; there is one at least."""
        by_reader: dict[Hashable, list[Job]] = {}
        for job in jobs:
            by_reader.setdefault(job.reader.key, []).append(job)
        return cls(job.windows, by_reader)

    @property
    def source(self) -> Input:
        return next(iter(self.jobs.values()))[0].input

    def all_jobs(self) -> Iterator[Job]:
        return chain.from_iterable(self.jobs.values())

    def readers(self) -> dict[Hashable, Reader]:
        """Give the readers that somebody still waits for, by key."""
        return {key: jobs[0].reader for key, jobs in self.jobs.items() if any(job.wanted() for job in jobs)}


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One window of a piece, and who reads it where."""

    piece: Piece
    index: int  # of the window in its piece
    readers: Sequence[Reader]
    kept: Kept | None = None  # its states at every stop, where they were computed before

    @property
    def window(self) -> Window:
        return self.piece.windows[self.index]

    def joined(self, late: Sequence[Job]) -> Row:
        """Give the row with more who ask about it."""
        if not late:
            return self
        piece = Piece.of(chain(self.piece.all_jobs(), late))
        return Row(piece, self.index, tuple(piece.readers().values()))

    @property
    def depth(self) -> int:
        """The highest layer that this row must reach."""
        return max(reader.reads[-1] for reader in self.readers)

    @property
    def keeps(self) -> bool:
        """Whether its states may be wanted again: not those of all layers that a mix reads, they would be too many."""
        return all(len(reader.reads) == 1 for reader in self.readers)

    @property
    def audience(self) -> frozenset[Hashable]:
        """The keys of its readers."""
        return frozenset(reader.key for reader in self.readers)

    @property
    def stops(self) -> set[int]:
        """The layers at which somebody reads this row."""
        return {layer for reader in self.readers for layer in reader.reads}


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Rows that run as one rectangle: all of them up the stem, or all from states that were kept."""

    rows: Sequence[Row]

    @property
    def resumes(self) -> bool:
        """Whether no row needs the stem."""
        return self.rows[0].kept is not None

    @property
    def readers(self) -> Sequence[Reader] | None:
        """Who reads the rows, where all of them have the same readers and go up the stem; else None."""
        if self.resumes:
            return None
        first = self.rows[0]
        return first.readers if all(row.audience == first.audience for row in self.rows) else None

    @property
    def labels(self) -> str:
        """Those of the first row's readers, for messages."""
        return ", ".join(reader.label for reader in self.rows[0].readers)

    @property
    def urgency(self) -> Urgency:
        """That of its most urgent job."""
        return min(job.urgency for row in self.rows for job in row.piece.all_jobs())

    @property
    def stops(self) -> list[int]:
        """The layers at which rows are read, ascending."""
        return sorted(set().union(*(row.stops for row in self.rows)))

    def narrowed(self) -> Batch | None:
        """Leave out what nobody waits for any more; None where nothing is left."""
        still = {id(row.piece): row.piece for row in self.rows}
        readers = {key: tuple(piece.readers().values()) for key, piece in still.items()}
        if all(len(readers[id(row.piece)]) == len(row.readers) for row in self.rows):
            return self
        rows = [replace(row, readers=readers[id(row.piece)]) for row in self.rows if readers[id(row.piece)]]
        return Batch(rows) if rows else None

    def joined(self, late: Sequence[Job]) -> Batch:
        """Let jobs ride along that ask about inputs of this batch; see `sources` for which may."""
        by_input: dict[Input, list[Job]] = {}
        for job in late:
            by_input.setdefault(job.input, []).append(job)
        return Batch([row.joined(by_input.get(row.piece.source, ())) for row in self.rows])

    @property
    def sources(self) -> list[Input]:
        """The inputs that run here from bottom to top and as a whole, so that whoever reads them may join."""
        return [row.piece.source for row in self.rows if row.kept is None and len(row.piece.windows) == 1]

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


def plan(
    jobs: Sequence[Job],
    batch_tokens: int,
    costs: Costs = Costs(),  # noqa: B008 - frozen
    multiple: int = 1,
    kept: Callable[[Row], Kept | None] = lambda row: None,
    fused: Callable[[Sequence[Reader]], object] = lambda readers: None,
) -> list[Batch]:
    """Merge jobs with equal inputs, and cut their windows, sorted by length, where `costs` says it is cheapest.

    No batch has more than `batch_tokens` padded tokens, but for a window that is longer by itself: that runs alone.
    Rows of which `kept` gives states go apart; so do those whose readers are `fused` in one graph, where that is
    cheaper than to fill batches with rows of all readers. The batch with the most urgent job is first.
    """
    fresh: list[Row] = []
    resumed: list[Row] = []
    for piece in merge(jobs):
        if readers := tuple(piece.readers().values()):
            for index in range(len(piece.windows)):
                row = Row(piece, index, readers)
                states = kept(row)
                if states is None:
                    fresh.append(row)
                else:
                    resumed.append(replace(row, kept=states))
    cutter = Cutter(batch_tokens, costs, multiple)
    batches = [*cutter.cut_fresh(fresh, fused), *cutter.cut(resumed)[1]]
    return sorted(batches, key=lambda batch: batch.urgency) if len(batches) > 1 else batches


def merge(jobs: Sequence[Job]) -> list[Piece]:
    """Put the jobs of equal inputs together, in order of arrival."""
    by_content: dict[int, list[Job]] = {}  # first by what one request encoded once, which is cheap to tell
    for job in jobs:
        by_content.setdefault(id(job.encoded), []).append(job)
    by_input: dict[Input, list[Job]] = {}
    for alike in by_content.values():
        by_input.setdefault(alike[0].input, []).extend(alike)
    return [Piece.of(of_input) for of_input in by_input.values()]


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts rows into batches where it is cheapest, and tells what that costs: milliseconds, as far as `costs` knows."""

    batch_tokens: int
    costs: Costs
    multiple: int

    def cut_fresh(self, rows: list[Row], fused: Callable[[Sequence[Reader]], object]) -> list[Batch]:
        """Cut rows that go up the stem; those of one fused graph apart, if that pays."""
        alike: dict[frozenset[Hashable], list[Row]] = {}
        for row in rows:
            alike.setdefault(row.audience, []).append(row)
        apart = [
            group
            for group in alike.values()
            if (len(alike) == 1 or _tokens(group) >= LEAST_APART * self.batch_tokens) and fused(group[0].readers)
        ]
        together = self.cut(rows, fused=len(alike) == len(apart) == 1)
        if len(alike) == 1 or not apart:
            return together[1]
        left = [row for group in alike.values() if not any(group is one for one in apart) for row in group]
        parts = [self.cut(left), *(self.cut(group, fused=True) for group in apart)]
        if sum(cost for cost, _ in parts) < together[0]:
            return [batch for _, batches in parts for batch in batches]
        return together[1]

    def cut(self, rows: list[Row], fused: bool = False) -> tuple[float, list[Batch]]:
        """Cut rows, which are put in order for it; gives the cost and the batches."""
        rows.sort(key=lambda row: (len(row.window), row.depth))
        pieces, layers = _work(rows, fused)
        call, token = self.costs.of_passes(pieces, layers)
        lengths = [len(row.window) for row in rows]
        found = cuts(lengths, self.batch_tokens, call, token, self.multiple)
        padded = sum((end - start) * -(-lengths[end - 1] // self.multiple) * self.multiple for start, end in found)
        return call * len(found) + token * padded, [Batch(rows[start:end]) for start, end in found]


def _tokens(rows: Sequence[Row]) -> int:
    return sum(len(row.window) for row in rows)


def _work(rows: Sequence[Row], fused: bool) -> tuple[int, float]:
    """Give how many pieces run a pass of such rows, and how many layers' work each row is."""
    readers = {reader.key: reader for row in rows for reader in row.readers}
    stops = {layer for reader in readers.values() for layer in reader.reads}
    own = sum(reader.own_layers for row in rows for reader in row.readers) / max(1, len(rows))
    depth = max(stops, default=0) + own
    if fused:
        return 1, depth
    handed = len(stops) + sum(len(row.readers) for row in rows) / max(1, len(rows)) - 1
    return len(readers) + len(stops), depth + HANDOVER * handed
