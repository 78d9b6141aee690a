"""What readers made of rows, brought together from the passes that it came in, and handed on to be decoded."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from trunkline.contract.outputs import Outputs
from trunkline.errors import TrunklineError
from trunkline.serving.computed import Alone, Computed
from trunkline.serving.delivery import Delivery
from trunkline.serving.planner import Batch, Numbers, Piece
from trunkline.serving.reader import Reader
from trunkline.serving.reading import Outcome

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Party:
    """Rows of a batch that some readers read: those that are whole inputs, to whom they go, and whether others are."""

    whole: Sequence[int]  # places among the rows
    others: bool
    delivery: Delivery  # of the whole ones

    @classmethod
    def of(cls, batch: Batch, numbers: Numbers) -> _Party:
        pieces = [batch.rows[number].piece for number in numbers.tolist()]
        whole = [place for place, piece in enumerate(pieces) if len(piece.windows) == 1]
        return cls(whole, len(whole) < len(pieces), Delivery([pieces[place] for place in whole]))


class Gathering:
    """Collects outcomes, and has jobs answered once all windows of an input are there; used by one thread."""

    def __init__(self, spawn: Callable[[Hashable, Callable[[], None]], object]) -> None:
        """`spawn` runs the decoding of one reader's rows elsewhere. It may raise, which fails those jobs."""
        self._spawn = spawn
        self._parts: dict[tuple[int, Hashable], tuple[Piece, dict[int, Outputs]]] = {}

    def of(self, batch: Batch) -> Callable[[Iterable[Outcome]], None]:
        """Give what takes the outcomes of a batch, and lets those that are complete be decoded.

        What a reader made of many rows is handed over at once: one by one would cost more than to decode them.
        """
        parties: dict[bytes, _Party] = {}

        def take(outcomes: Iterable[Outcome]) -> None:
            for outcome in outcomes:
                self._take(batch, outcome, parties)

        return take

    def fail(self, piece: Piece, error: Exception) -> None:
        """Fail all jobs of a piece."""
        for unit in piece.units:
            for job in unit.audience.jobs:
                job.fail(told(error, job.reader.label))

    def _take(self, batch: Batch, outcome: Outcome, parties: dict[bytes, _Party]) -> None:
        reader, numbers, outputs = outcome.reader, outcome.numbers, outcome.outputs
        if isinstance(outputs, Exception):
            pieces = [batch.rows[number].piece for number in numbers]
            Delivery(pieces).fail(reader.key, told(outputs, reader.label))
            return
        key = numbers.tobytes()
        party = parties.get(key) or parties.setdefault(key, _Party.of(batch, numbers))
        if party.whole:
            mine = {name: array[party.whole] for name, array in outputs.items()} if party.others else outputs
            delivery = party.delivery
            self._hand_over(reader, Alone(delivery.encoded, delivery.windows, mine), delivery)
        if party.others:
            self._take_parts(batch, reader, numbers, outputs)

    def _take_parts(self, batch: Batch, reader: Reader, numbers: Numbers, outputs: Outputs) -> None:
        """Keep the outputs of windows until those of the whole input are there."""
        for place, number in enumerate(numbers):
            row = batch.rows[number]
            piece, windows = row.piece, len(row.piece.windows)
            if windows == 1:
                continue
            _, parts = self._parts.setdefault((id(piece), reader.key), (piece, {}))
            parts[row.index] = {name: array[place] for name, array in outputs.items()}
            if len(parts) == windows:
                del self._parts[id(piece), reader.key]
                of_windows = [parts[index] for index in range(windows)]
                computed = Computed(piece.units[0].encoded, piece.windows, of_windows)
                self._hand_over(reader, [computed], Delivery([piece]))

    def _hand_over(self, reader: Reader, computed: Sequence[Computed], delivery: Delivery) -> None:
        try:
            self._spawn(reader.key, partial(_decode, reader, [computed], delivery))
        except TrunklineError as error:
            delivery.fail(reader.key, twin(error))


def told(error: Exception, label: str) -> TrunklineError:
    """Turn any failure into one that may be shown: it names no part of the input."""
    if isinstance(error, TrunklineError):
        return twin(error)
    log.error("%s failed on an input", label, exc_info=error)
    shown = TrunklineError(f"{label} failed on this input ({type(error).__name__}); the log has the details")
    shown.__cause__ = error
    return shown


def twin(error: TrunklineError) -> TrunklineError:
    """Copy an error, so that each who gets it may add to its own."""
    other: TrunklineError = type(error).__new__(type(error), *error.args)
    other.__dict__.update(error.__dict__)
    other.__cause__ = error.__cause__
    return other


def _decode(reader: Reader, held: list[Sequence[Computed]], delivery: Delivery) -> None:
    """Decode all at once; where that fails, one by one, so that only those fail that must."""
    computed = held.pop()  # outputs can be large: what nobody waits for is let go
    if not delivery.wanted(reader.key):
        return
    try:
        answers = reader.finish(computed)
        if len(answers) != len(computed):
            raise ValueError(f"{len(computed)} inputs were decoded to {len(answers)} answers")
    except Exception as error:
        if len(computed) > 1:
            for one, alone in zip(computed, delivery.each(), strict=True):
                _decode(reader, [[one]], alone)
        else:
            delivery.fail(reader.key, told(error, reader.label))
        return
    delivery.answer(reader.key, answers)
