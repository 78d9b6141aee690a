"""Whose inputs some rows are: to whom what a reader makes of them goes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from trunkline.serving.planner import Piece
from trunkline.serving.unit import Audience
from trunkline.trunk.inputs import Encoded
from trunkline.trunk.windows import Window


class Delivery:
    """Pieces in order, and for each audience which of its inputs they are; shared by the readers of one pass."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces
        self.encoded: Sequence[Encoded] = [piece.units[0].encoded for piece in pieces]
        self.windows: Sequence[Sequence[Window]] = [piece.windows for piece in pieces]
        of_audiences: dict[int, tuple[Audience, list[int], list[int]]] = {}
        for place, piece in enumerate(pieces):
            for unit in piece.units:
                _, numbers, places = of_audiences.setdefault(id(unit.audience), (unit.audience, [], []))
                numbers.append(unit.number)
                places.append(place)
        self._audiences = list(of_audiences.values())

    def wanted(self, reader: Hashable) -> bool:
        """Tell whether anybody waits for a reader's answers, by its key."""
        return any(job.wanted() for audience, *_ in self._audiences for job, _ in audience.of(reader))

    def answer(self, reader: Hashable, predictions: Sequence[object]) -> None:
        """Give a reader's predictions, one for each piece, to all who asked for them."""
        for audience, numbers, places in self._audiences:
            jobs = audience.of(reader)
            found = [predictions[place] for place in places] if jobs and len(self._audiences) > 1 else predictions
            for job, of_job in jobs:
                job.answer([of_job[number] for number in numbers], found)

    def fail(self, reader: Hashable, error: BaseException) -> None:
        """Fail a reader's jobs."""
        for audience, *_ in self._audiences:
            for job, _ in audience.of(reader):
                job.fail(error)

    def each(self) -> list[Delivery]:
        """Take the pieces apart."""
        return [Delivery([piece]) for piece in self.pieces]
