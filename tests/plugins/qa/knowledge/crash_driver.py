"""Kill -9 who puts, again and again, and look at what is left: `PATH KILLS SEED`; prints JSON.

A child puts batches, changes and deletes, and acknowledges each as soon as the base has; it is killed at random
times. Every batch is one state of the same documents, so a half batch, or one whose index disagrees, is seen.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from itertools import count
from pathlib import Path

from trunkline_qa.knowledge.documents import Document
from trunkline_qa.knowledge.passages import passages
from trunkline_qa.knowledge.store import DocumentStore

ITEMS = 30


def batch(state: int) -> list[Document]:
    """Give the documents of a state: some are as in each other state, most differ, some are of this one alone."""
    sentence = f"Parcel of state{state} was lost on its way and is refunded within five days. "
    same = [Document(id=f"same-{number}", text="Nobody is at home today.") for number in range(5)]
    changed = [Document(id=f"changed-{number}", text=sentence * (number + 1)) for number in range(ITEMS)]
    return [*same, *changed, Document(id=f"own-{state}", text=sentence)]


def work(path: Path, first: int, told: int) -> None:
    store = DocumentStore.open(path)
    for state in count(first):
        store.put(batch(state))
        os.write(told, f"put {state}\n".encode())
        if state % 3 == 0:
            store.delete([f"own-{state}"])
            os.write(told, f"deleted {state}\n".encode())


def check(path: Path, told: list[str]) -> int:
    """Look whether all that was told is there, and nothing by halves; returns the state that the base is in."""
    store = DocumentStore.open(path)
    store.check()
    states = {
        one.text.split()[2]
        for one in store.passages(store.numbers())
        if one is not None and one.document_id.startswith("changed")
    }
    assert len(states) <= 1, f"half a batch: {states}"
    put = [int(line.split()[1]) for line in told if line.startswith("put")]
    deleted = {int(line.split()[1]) for line in told if line.startswith("deleted")}
    state = int(states.pop().removeprefix("state")) if states else -1
    assert state >= max(put, default=-1), f"lost: state {state}, {put[-1:]} was acknowledged"
    there = {info.id for info in store.documents(limit=100_000)}
    for acknowledged in put:
        assert (f"own-{acknowledged}" in there) or acknowledged % 3 == 0, f"lost: own-{acknowledged}"
    assert not {f"own-{one}" for one in deleted} & there, "a deletion was lost"
    if state >= 0:
        for item in batch(state)[:-1]:
            assert store.document(item.id) == item
        pieces = sum(len(passages(item.text)) for item in batch(state)[5:-1])
        assert len(store.bm25(f"state{state}", 10_000)) in (pieces, pieces + 1), "the index lacks passages"
    store.close()
    return state


def main() -> None:
    path, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance, told, state = random.Random(seed), [], -1
    DocumentStore.create(path, {}).close()
    for _ in range(kills):
        reader, writer = os.pipe()
        process = os.fork()
        if not process:
            work(path, state + 1, writer)
        os.close(writer)
        select.select([reader], [], [], 30)  # until its first batch is there, and it is at work on the next
        time.sleep(chance.uniform(0, 0.2))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        with os.fdopen(reader) as pipe:
            told += [line for line in pipe.read().split("\n")[:-1] if line]
        state = check(path, told)
    print(json.dumps({"kills": kills, "acknowledged": len(told), "state": state}))


main()
