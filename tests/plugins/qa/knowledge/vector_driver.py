"""Kill -9 who makes vectors, again and again: `FOLDER KILLS SEED TRUNK`; prints the vectors that were kept each time."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from trunkline import Answer, EncoderInput
from trunkline_qa.knowledge import updating
from trunkline_qa.knowledge.bases import KnowledgeBases
from word_vectors import words_of


class Words:
    """As much of an inference door as vectors of words need."""

    def __init__(self, trunk: str) -> None:
        self._trunk = trunk

    def version_info(self, task: str, model: str | None) -> Any:
        return SimpleNamespace(trunk_id=self._trunk, reference="retrieval/words@1")

    async def predict(self, task: str, model: str | None, inputs: Sequence[EncoderInput]) -> Answer:
        await asyncio.sleep(0.002)
        return Answer("retrieval/words@1", [words_of(one.text) for one in inputs])


def work(folder: Path, trunk: str, rebuild: bool) -> None:
    inference: Any = Words(trunk)
    asyncio.run(updating.update(KnowledgeBases(folder).open("killed"), inference, rebuild=rebuild))


def main(folder: Path, kills: int, seed: int, trunk: str) -> None:
    updating.SEGMENT = updating.ASKED = 4
    source = random.Random(seed)
    kept = []
    for kill in range(kills):
        child = os.fork()
        if not child:
            work(folder, trunk, rebuild=kill % 3 == 2)
            os._exit(0)
        time.sleep(source.uniform(0, 0.15))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        base = KnowledgeBases(folder).open("killed")
        loaded = base.vectors.loaded()
        kept.append(0 if loaded is None else len(set(loaded.numbers.tolist())))
        assert loaded is None or kept[-1] == len(loaded.numbers)
        base.store.close()
    print(json.dumps(kept))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
