"""What a trunk makes of passages, kept beside a base: a question about them runs the question alone through the trunk.

They serve versions of task qa that read question and passage apart, and join them at one layer of one trunk.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from trunkline import Conflict, Inference, Progress, Silent
from trunkline_qa.knowledge.bases import KnowledgeBase

if TYPE_CHECKING:
    from trunkline import Keeping

TASK = "qa"
FOLDER = "states"
PART = 64  # passages whose states are asked for at once
READ = 1_000  # passages that are read at once
MIB = 2**20


class StatesStatus(BaseModel):
    """The states that are kept of a base's passages."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"reader": "qa/desk@2", "trunk": "5e9a1c", "layer": 3, "passages": 310, "missing": 2, "bytes": 61340672,
                 "needed_bytes": 391168, "limit_bytes": 1073741824, "problem": None}
            ]
        },
    )  # fmt: skip

    reader: str | None = Field(description="the version that they are kept for; null: none are kept")
    trunk: str | None = None
    layer: int | None = Field(None, description="at which the version joins question and passage")
    passages: int = Field(0, description="whose states are kept")
    missing: int = Field(0, description="passages whose states are not kept, or not yet")
    bytes: int = Field(0, description="on disk now")
    needed_bytes: int = Field(0, description="that the missing ones would take besides")
    limit_bytes: int = Field(0, description="that they may take together: the setting `states_mib`")
    problem: str | None = Field(None, description="why not all are kept, and the remedy")


async def states(base: KnowledgeBase, inference: Inference) -> StatesStatus:
    """Tell what is kept and what it would take; tokenises all passages. Raises `NotFound`, `Conflict`."""
    preferences = base.preferences()
    if preferences.reader is None:
        return StatesStatus(reader=None)
    keeping = await opened(base, inference)
    texts = await asyncio.to_thread(_texts, base)
    missing = await asyncio.to_thread(keeping.missing, texts)
    needed = await asyncio.to_thread(keeping.needed, missing)
    limit = preferences.states_mib * MIB
    too_much = (
        f"all would take {(keeping.size + needed) / MIB:.0f} MiB, and the setting states_mib allows "
        f"{preferences.states_mib}: raise it, or have the other passages read when they are asked about"
    )
    return StatesStatus(
        reader=inference.version_info(TASK, preferences.reader).reference,
        trunk=keeping.trunk,
        layer=keeping.layer,
        passages=len(texts) - len(missing),
        missing=len(missing),
        bytes=keeping.size,
        needed_bytes=needed,
        limit_bytes=limit,
        problem=too_much if keeping.size + needed > limit else None,
    )


async def keep_states(base: KnowledgeBase, inference: Inference, progress: Progress | None = None) -> StatesStatus:
    """Keep the states of all passages, oldest first, as far as the limit goes, and let go of those that are gone.

    Each part is durable; a run that was killed goes on when it is repeated. Raises `NotFound` for a base that was
    deleted, `Conflict` where the reader can use none, and what the engine raises.
    """
    preferences = base.preferences()
    if preferences.reader is None:
        await asyncio.to_thread(shutil.rmtree, base.place / FOLDER, ignore_errors=True)
    else:
        keeping = await opened(base, inference)
        await asyncio.to_thread(_forget_others, base.place / FOLDER, keeping.folder)
        texts = await asyncio.to_thread(_texts, base)
        await asyncio.to_thread(keeping.keep_only, texts)
        missing = await asyncio.to_thread(keeping.missing, texts)
        with (progress or Silent()).track(f"states of {base.name}", len(missing)) as advance:
            await _keep(base, keeping, missing, preferences.states_mib * MIB, advance)
    return await states(base, inference)


async def use_states(base: KnowledgeBase, inference: Inference, model: str | None) -> None:
    """Have the engine look there for the states that `model` reads, if any are kept."""
    if base.preferences().reader is not None:
        await inference.keeping(base.place / FOLDER, TASK, model)


def check_reader(inference: Inference, reader: str) -> None:
    """Raise `Conflict` where a version reads question and passage as one, `NotFound` where there is none."""
    version = inference.version_info(TASK, reader)
    if not version.branch.joined_at:
        raise _reads_as_one(version.reference)


def _reads_as_one(reference: str) -> Conflict:
    return Conflict(
        f"{reference} reads question and passage as one, so nothing can be kept for it: name a reader that was tuned "
        "with --joined-at, or set `reader` to null"
    )


async def opened(base: KnowledgeBase, inference: Inference) -> Keeping:
    """Open the states that the base's reader uses. Raises `Conflict` where it can use none, `NotFound`."""
    reader = base.preferences().reader
    keeping = await inference.keeping(base.place / FOLDER, TASK, reader)
    if keeping is None:
        raise _reads_as_one(inference.version_info(TASK, reader).reference)
    return keeping


def _forget_others(folder: Path, own: Path) -> None:
    """Remove what was kept for a reader that joins elsewhere: nobody asks for it any more."""
    for other in folder.iterdir() if folder.is_dir() else ():
        if other.resolve() != own.resolve():
            shutil.rmtree(other, ignore_errors=True)


async def _keep(
    base: KnowledgeBase, keeping: Keeping, missing: Sequence[str], limit: int, advance: Callable[[int], None]
) -> None:
    for start in range(0, len(missing), PART):
        base.store.generation()  # raises where the base was deleted
        part = missing[start : start + PART]
        if keeping.size + await asyncio.to_thread(keeping.needed, part) > limit:
            return
        await keeping.keep(part)
        advance(len(part))


def _texts(base: KnowledgeBase) -> list[str]:
    """Give the texts of all passages of documents, oldest first, each once."""
    numbers = base.store.numbers(kind="document")
    found: dict[str, None] = {}
    for start in range(0, len(numbers), READ):
        found.update((one.text, None) for one in base.store.passages(numbers[start : start + READ]) if one is not None)
    return list(found)
