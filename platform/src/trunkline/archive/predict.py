"""The story of an archive answered from its states: shards in, one line of JSON a row out, in their order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from trunkline.archive.manifest import MANIFEST, ShardEntry, manifest_of
from trunkline.archive.replay import Replay
from trunkline.archive.shard import read_shard
from trunkline.archive.tables import Tables
from trunkline.contract.task import TaskRequest
from trunkline.errors import InvalidInput
from trunkline.prediction.asking import Task, line_of, problem, request_of, said_of, written
from trunkline.prediction.journal import Journal
from trunkline.prediction.predict_file import Predicted
from trunkline.prediction.unfinished import check_gone_on, check_output, going_on, run_of
from trunkline.progress import Progress
from trunkline.serving.engine import Engine


def predict_states(
    engine: Engine,
    task: Task,
    models: Sequence[str | None],
    folder: Path,
    output: Path,
    progress: Progress,
    *,
    options: Mapping[str, Any] | None = None,
    keep_going: bool = False,
    overwrite: bool = False,
) -> Predicted:
    """Answer every row whose states are in `folder` by each of `models`, into `output`, without running the stem.

    Each version must leave the trunk where the states are, and read nothing below. A run that was killed goes on when
    it is repeated. Raises `InvalidInput` for a version that does not fit, `CorruptArtifact` for damaged states,
    `DataError` for a row that cannot be answered (unless `keep_going`), `Conflict` as `predict_file` does.
    """
    check_output(output, overwrite)
    manifest = manifest_of(folder)
    states = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    about = run_of(engine, task, models, output, {"states": states, "options": dict(options or {})})
    replays = [Replay(engine.reading(model, task.name), manifest, engine.backend) for model in about["models"]]
    answering = _Answering(task, replays, options or {}, keep_going)
    with Journal(output, about, anew=overwrite) as journal, progress.track("predicting", manifest.rows) as advance:
        check_output(output, overwrite)  # another process may have finished meanwhile
        check_gone_on(journal, output, manifest.rows)
        tenths = going_on(progress, "predicting", journal.lines, manifest.rows, journal.lines)
        number = 0
        for shard in manifest.shards:
            done = min(shard.rows, max(0, journal.lines - number))
            if done < shard.rows:
                lines = list(answering.lines(folder, shard, number))[done:]
                journal.append(map(written, lines))
            number += shard.rows
            advance(shard.rows)
            tenths.reached(number, f"{number:,} rows")
        journal.finish()
        return Predicted.of(about, number, journal.lines, answering.problems)


class _Answering:
    """Turns shards into lines."""

    def __init__(self, task: Task, replays: Sequence[Replay], options: Mapping[str, Any], keep_going: bool) -> None:
        self.problems = 0
        self._task, self._replays, self._options, self._keep_going = task, replays, options, keep_going
        self._names = [replay.reference for replay in replays]

    def lines(self, folder: Path, shard: ShardEntry, before: int) -> Iterator[dict[str, Any]]:
        """Give a line for each row of a shard; `before` rows came before them."""
        tables = read_shard(folder, shard)
        by_model = zip(*(replay.predictions(tables) for replay in self._replays), strict=True)
        for index, predictions in enumerate(by_model):
            yield line_of(tables.rows[index], before + index + 1, self._told(tables, index, predictions))

    def _told(self, tables: Tables, index: int, predictions: Sequence[Any]) -> dict[str, Any]:
        row = tables.rows[index]
        try:
            request = request_of(self._task, self._options, row)
            self._check_read(request, tables, index)
        except InvalidInput as error:
            self.problems += 1
            return problem(row, error, self._keep_going)
        responses = [
            self._task.respond(request, [prediction]).model_copy(update={"model": name})
            for prediction, name in zip(predictions, self._names, strict=True)
        ]
        return said_of(self._names, responses)

    def _check_read(self, request: TaskRequest, tables: Tables, index: int) -> None:
        """Raise `InvalidInput` where the task would have the trunk read something else than was read."""
        if list(self._task.encoder_inputs(request)) != [tables.encoded[index].source]:
            raise InvalidInput(
                f"task {self._task.name} reads this row otherwise than its states were computed: as one text, "
                "as another pair, or as several inputs; predict it from its texts with --input"
            )
