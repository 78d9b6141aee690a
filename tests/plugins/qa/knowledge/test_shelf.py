"""Bases by name: made whole or not at all, gone for everybody at once."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from trunkline import Conflict, CorruptArtifact, EnvironmentFault, InvalidInput, NotFound
from trunkline_qa.knowledge.documents import Document
from trunkline_qa.knowledge.shelf import DATABASE, Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.close()


def test_bases_by_name(shelf: Shelf, tmp_path: Path) -> None:
    assert shelf.names() == []
    desk = shelf.create("desk", {"trunk": "minilm"})
    shelf.create("another.one", {})
    assert shelf.names() == Shelf(tmp_path).names() == ["another.one", "desk"]
    assert shelf.open("desk") is desk
    assert Shelf(tmp_path).open("desk").settings() == {"trunk": "minilm"}
    assert desk.path == shelf.place("desk") / DATABASE == tmp_path / "knowledge-bases" / "desk" / "knowledge.db"


def test_a_name_that_is_taken_or_unknown(shelf: Shelf) -> None:
    shelf.create("desk", {}).put([Document(id="a", text="One.")])
    with pytest.raises(Conflict, match="'desk' already"):
        shelf.create("desk", {})
    assert shelf.open("desk").counts().documents == 1
    with pytest.raises(NotFound, match="no knowledge base named 'desk2'; did you mean desk"):
        shelf.open("desk2")
    with pytest.raises(NotFound, match="no knowledge base named 'other'"):
        shelf.delete("other")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../desk", "a/b", "/etc", "Desk", "a b", "a" * 65, "a\n", ".deleted-1", "a\0"]
)
def test_names_that_are_none(shelf: Shelf, name: str) -> None:
    for act in (shelf.open, shelf.delete, shelf.place, lambda name: shelf.create(name, {})):
        with pytest.raises(InvalidInput, match="knowledge base's name"):
            act(name)
    assert not shelf.folder.exists() or not any(shelf.folder.iterdir())


def test_a_deleted_base_is_gone_for_every_handle(shelf: Shelf, tmp_path: Path) -> None:
    other = Shelf(tmp_path)
    shelf.create("desk", {}).put([Document(id="a", text="One.")])
    old = other.open("desk")
    (shelf.place("desk") / "vectors").mkdir()
    (shelf.place("desk") / "vectors" / "0.npy").write_bytes(b"0")
    shelf.delete("desk")
    assert list(shelf.folder.iterdir()) == []
    for ask in (
        old.counts,
        old.generation,
        lambda: old.bm25("one", 5),
        lambda: old.put([Document(id="b", text="Two.")]),
    ):
        with pytest.raises(NotFound, match="'desk' was deleted"):
            ask()
    shelf.create("desk", {})
    with pytest.raises(NotFound, match="'desk' was deleted"):
        old.counts()  # of another base, though it is called so again
    assert other.open("desk").counts().documents == 0
    other.close()


def test_deleting_while_many_ask(shelf: Shelf, tmp_path: Path) -> None:
    """Who asks gets the whole base, or that there is none; nothing else, and what is made anew is whole."""
    batch = [Document(id=str(number), text=f"Parcel {number} is lost.") for number in range(50)]
    shelf.create("desk", {}).put(batch)
    stop = threading.Event()

    def ask(writing: bool) -> tuple[int, int]:
        own, answered, absent = Shelf(tmp_path), 0, 0
        while not stop.is_set():
            try:
                store = own.open("desk")
                if writing:
                    store.put(batch)
                found = len(store.bm25("parcel", 100))
                assert found in (0, 50)
                answered += 1
            except NotFound:
                absent += 1
        own.close()
        return answered, absent

    with ThreadPoolExecutor(4) as pool:
        askers = [pool.submit(ask, number == 0) for number in range(3)]
        for _ in range(20):
            shelf.delete("desk")
            time.sleep(0.005)
            shelf.create("desk", {}).put(batch)
        stop.set()
        seen = [asker.result() for asker in askers]
    assert sum(answered for answered, _ in seen) > 0
    shelf.open("desk").check()
    assert shelf.open("desk").counts().documents == 50
    assert [one.name for one in shelf.folder.iterdir()] == ["desk"]


def test_two_who_make_the_same(tmp_path: Path) -> None:
    def make(_: int) -> str:
        try:
            Shelf(tmp_path).create("desk", {})
        except Conflict:
            return "taken"
        return "made"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(make, range(6))) == ["made"] + ["taken"] * 5
    assert [one.name for one in (tmp_path / "knowledge-bases").iterdir()] == ["desk"]


def test_what_killed_processes_left_is_swept(shelf: Shelf) -> None:
    shelf.create("desk", {})
    for name in (".deleted-1", ".making-1", ".making-2"):
        (shelf.folder / name).mkdir()
        (shelf.folder / name / DATABASE).write_bytes(b"")
    os.utime(shelf.folder / ".making-1", (0, 0))
    assert shelf.names() == ["desk"]
    shelf.create("other", {})
    assert sorted(one.name for one in shelf.folder.iterdir()) == [".making-2", "desk", "other"]


def test_a_damaged_base_can_be_deleted(shelf: Shelf) -> None:
    shelf.create("desk", {}).close()
    (shelf.place("desk") / DATABASE).write_bytes(b"no database at all")
    fresh = Shelf(shelf.folder.parent)
    with pytest.raises(CorruptArtifact, match="delete the knowledge base"):
        fresh.open("desk")
    fresh.delete("desk")
    assert fresh.names() == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match="cannot write under"):
        Shelf(tmp_path / "file").create("desk", {})


def test_delete_waits_for_who_reads(shelf: Shelf) -> None:
    store = shelf.create("desk", {})
    store.put([Document(id="a", text="One.")])
    connection = sqlite3.connect(store.path, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN")
    connection.execute("SELECT * FROM base").fetchall()
    deleting = threading.Thread(target=shelf.delete, args=("desk",))
    deleting.start()
    time.sleep(0.2)
    assert connection.execute("SELECT count(*) FROM documents").fetchall() == [(1,)]
    assert deleting.is_alive()
    connection.execute("COMMIT")
    connection.close()
    deleting.join(10)
    assert shelf.names() == []
