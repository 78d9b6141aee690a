"""The rows of an archive: a first look at all of them, and shards' worth of them after that."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from trunkline.archive.tables import source_of
from trunkline.errors import DataError, InvalidInput
from trunkline.prediction.source import SourceRow, rows
from trunkline.progress import Progress
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.tokenizer import check_text

SHARD_ROWS = 256  # a kill loses what was computed of one shard: some seconds' work
SHARD_CHARACTERS = 2**16  # of the texts in one shard: some 15,000 tokens
SAMPLED = 1000  # rows whose lengths stand for all
PROBLEMS = 1000  # bad rows after which reading stops


@dataclass(frozen=True, slots=True)
class Survey:
    """What a first reading of the whole archive found."""

    rows: int
    bytes: int
    sha256: str
    sample: tuple[EncoderInput, ...]  # an even choice of all rows


def survey(source: Path, columns: Mapping[str, str], most_characters: int, progress: Progress) -> Survey:
    """Read every row once before anything is computed. Raises `DataError` that names all rows that cannot be used."""
    problems: list[str] = []
    sample: list[EncoderInput] = []
    choice = random.Random(0)  # noqa: S311 - Vitter's reservoir needs no secret
    count = at = 0
    size = source.stat().st_size if source.is_file() else 0
    with progress.track("reading", size) as advance:
        for row in rows(source, columns):
            count += 1
            if wrong := _problem(row, most_characters):
                problems.append(f"{row.place}: {wrong}")
                if len(problems) == PROBLEMS:
                    break
            elif (place := choice.randrange(count)) < SAMPLED or len(sample) < SAMPLED:
                _keep(sample, place, source_of(row))
            advance(row.end - at)
            at = row.end
    if problems:
        raise DataError(problems, "Correct these rows, or leave them out; nothing was computed.")
    with source.open("rb") as file:
        return Survey(count, size, hashlib.file_digest(file, "sha256").hexdigest(), tuple(sample))


def shards(read: Iterable[SourceRow]) -> Iterator[list[SourceRow]]:
    """Cut rows into shards; a function of the rows alone, so that a run goes on where another one stopped."""
    shard: list[SourceRow] = []
    characters = 0
    for row in read:
        shard.append(row)
        source = source_of(row)
        characters += len(source.text) + len(source.pair or "")
        if len(shard) == SHARD_ROWS or characters >= SHARD_CHARACTERS:
            yield shard
            shard, characters = [], 0
    if shard:
        yield shard


def _keep(sample: list[EncoderInput], place: int, source: EncoderInput) -> None:
    if len(sample) < SAMPLED:
        sample.append(source)
    else:
        sample[place] = source


def _problem(row: SourceRow, most_characters: int) -> str:
    if row.fields is None:
        return row.problem
    for name in ("text", "text_pair"):
        text = row.fields.get(name)
        if text is None and name == "text":
            return "text: Field required; --column text=COLUMN names another"
        if text is not None and (wrong := _text_problem(text, most_characters)):
            return f"{name}: {wrong}"
    return ""


def _text_problem(text: object, most_characters: int) -> str:
    if not isinstance(text, str):
        return f"a text is expected, this is {type(text).__name__}"
    if len(text) > most_characters:
        return f"{len(text)} characters; at most {most_characters} are taken: split it"
    try:
        check_text(text)
    except InvalidInput as error:
        return str(error)
    return ""
