"""One base: what is put is there, found, and durable; whoever asks meanwhile sees the one state or the next."""

from __future__ import annotations

import math
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trunkline import Conflict, CorruptArtifact, InvalidInput, NotFound
from trunkline.testing import HOSTILE_TEXTS
from trunkline_qa.knowledge import terms
from trunkline_qa.knowledge.documents import Document, FAQPair
from trunkline_qa.knowledge.passages import passages
from trunkline_qa.knowledge.records import Counts, PutReport
from trunkline_qa.knowledge.store import MOST_ITEMS, DocumentStore

LONG = " ".join(f"Parcel number {number} that was lost on its way is refunded soon." for number in range(60))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    store = DocumentStore.create(tmp_path / "knowledge.db", {"trunk": "minilm"})
    yield store
    store.check()
    store.close()


def test_what_is_put_is_there(store: DocumentStore) -> None:
    document = Document(id="b.md", text=LONG, title="Lost", source="b.md", metadata={"team": "post"})
    pair = FAQPair(id="a", question="When am I refunded?", answer="Within five days.")
    assert store.put([document, pair]) == PutReport(added=2, changed=0, unchanged=0)
    assert store.document("b.md") == document
    assert store.document("a") == pair
    assert [info.id for info in store.documents()] == ["a", "b.md"]
    spans = passages(LONG)
    held = [one for one in store.passages(store.numbers()) if one is not None]
    assert [(one.start, one.end, one.text) for one in held[:-1]] == [(a, b, LONG[a:b]) for a, b in spans]
    assert {(one.document_id, one.kind, one.title, one.answer) for one in held} == {
        ("b.md", "document", "Lost", None),
        ("a", "faq", None, "Within five days."),
    }
    assert held[-1].text == "When am I refunded?"
    assert store.counts() == Counts(1, 1, len(spans) + 1, len(LONG) + len(pair.question) + len(pair.answer))


def test_the_same_again_changes_nothing(store: DocumentStore) -> None:
    items = [Document(id=f"{number}", text=f"Text {number}.") for number in range(5)]
    store.put(items)
    numbers, generation = store.numbers(), store.generation()
    assert store.put(items) == PutReport(0, 0, 5)
    assert (store.numbers(), store.generation()) == (numbers, generation)
    changed = [*items[:3], Document(id="3", text="Text 3.", title="Now with a title"), Document(id="9", text="New.")]
    assert store.put(changed) == PutReport(1, 1, 3)
    assert store.generation() > generation
    assert set(numbers) - set(store.numbers()) == {numbers[3]}
    assert max(store.numbers()) > max(numbers)


def test_numbers_are_never_used_again(store: DocumentStore) -> None:
    store.put([Document(id="a", text="One.")])
    [first] = store.numbers()
    store.delete(["a"])
    store.put([Document(id="a", text="One.")])
    [second] = store.numbers()
    store.clear()
    assert store.counts() == Counts(0, 0, 0, 0)
    store.put([Document(id="a", text="One.")])
    [third] = store.numbers()
    assert first < second < third
    assert store.passages([second, third, first]) == [None, store.passages([third])[0], None]


def test_a_faq_may_become_a_document(store: DocumentStore) -> None:
    store.put([FAQPair(id="a", question="When?", answer="Now.")])
    store.put([Document(id="a", text="Now or later.")])
    assert store.bm25("when", 5) == []
    assert [number for number, _ in store.bm25("later", 5)] == store.numbers(kind="document") == store.numbers()


def test_deleting(store: DocumentStore) -> None:
    store.put([Document(id=name, text=f"About {name}.") for name in "abc"])
    before = store.generation()
    assert store.delete(["a", "c", "nobody"]) == 2
    assert store.generation() > before
    assert [info.id for info in store.documents()] == ["b"]
    assert [number for number, _ in store.bm25("about", 9)] == store.numbers()
    with pytest.raises(NotFound, match="no document named 'a'"):
        store.document("a")


def test_listing_goes_on_after_an_id(store: DocumentStore) -> None:
    names = [f"{number:03}" for number in range(25)]
    store.put([Document(id=name, text="Text.") for name in names])
    seen: list[str] = []
    while page := store.documents(after=seen[-1] if seen else None, limit=10):
        seen += [info.id for info in page]
    assert seen == names
    assert store.numbers(after=store.numbers()[19]) == store.numbers()[20:]


def test_an_id_twice_in_a_batch_and_a_batch_too_large(store: DocumentStore) -> None:
    with pytest.raises(InvalidInput, match=r"'a' stands twice .* at item 1 and at item 3"):
        store.put([Document(id="a", text="One."), Document(id="b", text="Two."), Document(id="a", text="One.")])
    with pytest.raises(InvalidInput, match="10,001 items, the limit is 10,000"):
        store.put([Document.model_construct(id=str(number), text="One.") for number in range(MOST_ITEMS + 1)])
    assert store.numbers() == []


def test_settings(store: DocumentStore) -> None:
    before = store.generation()
    assert store.settings() == {"trunk": "minilm"}
    assert store.update_settings({"model": "retrieval/desk", "trunk": None}) == {"model": "retrieval/desk"}
    assert DocumentStore.open(store.path).settings() == {"model": "retrieval/desk"}
    assert store.generation() > before
    with pytest.raises(InvalidInput, match="plain JSON"):
        store.update_settings({"a": object()})
    with pytest.raises(InvalidInput, match="plain JSON"):
        store.update_settings({"a": math.nan})


def bm25(question: str, texts: list[str]) -> list[float]:
    """Robertson's BM25 as SQLite's manual states it, k1 = 1.2, b = 0.75."""
    bags = [Counter(terms.indexed(text).split()) for text in texts]
    mean = sum(bag.total() for bag in bags) / len(bags)
    scores = []
    for bag in bags:
        score = 0.0
        for term in dict.fromkeys(terms.indexed(question).split()):
            having = sum(term in other for other in bags)
            rarity = max(math.log((len(bags) - having + 0.5) / (having + 0.5)), 1e-6)
            score += rarity * bag[term] * 2.2 / (bag[term] + 1.2 * (0.25 + 0.75 * bag.total() / mean))
        scores.append(score)
    return scores


def test_scores_are_bm25(store: DocumentStore) -> None:
    texts = [
        "gold zinc iron",
        "gold gold tin",
        "lead",
        "iron tin lead zinc zinc zinc",
        "radon neon",
        "neon gold",
        "argon",
    ]
    store.put([Document(id=f"{number}", text=text) for number, text in enumerate(texts)])
    expected = bm25("gold neon zinc", texts)
    found = dict(store.bm25("gold neon zinc", 10))
    by_number = dict(zip(store.numbers(), expected, strict=True))
    assert found == {number: pytest.approx(score, rel=1e-6) for number, score in by_number.items() if score}
    assert list(found) == sorted(found, key=lambda number: -found[number])


def test_finding_by_kind_and_by_title(store: DocumentStore) -> None:
    store.put(
        [
            Document(id="a", text="It takes five days.", title="Refunds"),
            Document(id="b", text="We refund lost parcels."),
            FAQPair(id="c", question="When is a refund paid?", answer="Parcels: soon."),
        ]
    )
    of = {number: one.document_id for number in store.numbers() for one in store.passages([number]) if one}
    assert {of[number] for number, _ in store.bm25("refunds", 9)} == {"a", "b", "c"}
    assert [of[number] for number, _ in store.bm25("refunds", 9, kind="faq")] == ["c"]
    assert {of[number] for number, _ in store.bm25("refunds", 9, kind="document")} == {"a", "b"}
    assert [of[number] for number, _ in store.bm25("parcels", 9)] == ["b"], "an answer is not searched"
    assert len(store.bm25("refunds", 1)) == 1
    assert store.bm25("nothing of the kind", 9) == []
    assert store.bm25("?!", 9) == []


@pytest.mark.parametrize("text", [text for text in HOSTILE_TEXTS.values() if text.strip()])
def test_hostile_texts_stand_at_their_place(tmp_path: Path, text: str) -> None:
    store = DocumentStore.create(tmp_path / "knowledge.db", {})
    store.put([Document(id="a", text=text), FAQPair(id="b", question=text[:2000], answer=text[:2000])])
    found = store.document("a")
    assert isinstance(found, Document)
    assert found.text == text
    for one in store.passages(store.numbers(kind="document")):
        assert one is not None
        assert text[one.start : one.end] == one.text
    store.check()
    store.close()


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400).filter(lambda text: text.strip())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_TEXTS, min_size=1, max_size=8))
def test_any_texts_stand_at_their_place(store: DocumentStore, texts: list[str]) -> None:
    store.put([Document(id=str(number), text=text * 9) for number, text in enumerate(texts)])
    for number, text in enumerate(texts):
        found = store.document(str(number))
        assert isinstance(found, Document)
        assert found.text == text * 9
    held = [one for one in store.passages(store.numbers()) if one is not None]
    for one in held:
        whole = store.document(one.document_id)
        assert isinstance(whole, Document)
        assert whole.text[one.start : one.end] == one.text
    store.check()


def test_readers_see_whole_batches_while_many_write(store: DocumentStore) -> None:
    """Batches are pairs of documents of one state; a reader must never see two states at once."""
    stop = threading.Event()

    def write(writer: int) -> int:
        for turn in range(15):
            store.put([Document(id=f"{writer}-{side}", text=f"State {turn} of writer {writer}.") for side in "ab"])
        return 15

    def read() -> int:
        seen = 0
        while not stop.is_set():
            states: dict[str, set[str]] = {}
            for one in store.passages(store.numbers()):
                if one is not None:  # gone between the two questions
                    states.setdefault(one.document_id[0], set()).add(one.text)
            assert all(len(texts) == 1 for texts in states.values())
            assert store.bm25("state of writer", 50) is not None
            seen += 1
        return seen

    with ThreadPoolExecutor(6) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        writers = [pool.submit(write, writer) for writer in range(3)]
        assert [writer.result() for writer in writers] == [15] * 3
        stop.set()
        assert all(reader.result() > 0 for reader in readers)
    assert store.counts().documents == 6
    assert {one.text[:8] for one in store.passages(store.numbers()) if one} == {"State 14"}


SHARED: list[DocumentStore] = []  # handles that a forked process inherits


def add_from_a_process(path: Path, writer: int) -> int:
    store = SHARED[0] if writer % 2 else DocumentStore.open(path)
    for batch in range(5):
        store.put([Document(id=f"{writer}-{batch}-{number}", text=LONG[: 100 * (number + 1)]) for number in range(5)])
    store.close()
    return writer


def test_several_processes_add_at_once(store: DocumentStore) -> None:
    SHARED[:] = [store]
    with ProcessPoolExecutor(4, mp_context=get_context("fork")) as pool:
        assert sorted(pool.map(add_from_a_process, [store.path] * 4, range(4))) == [0, 1, 2, 3]
    assert store.counts().documents == 100
    assert store.generation() == 1 + 20


def test_a_reader_goes_on_while_a_batch_is_written(store: DocumentStore) -> None:
    store.put([Document(id="a", text="One.")])
    with store._connections.write() as connection:
        connection.execute("UPDATE documents SET title = ?", ("t" * 50_000_000,))  # more than the page cache holds
        began = time.monotonic()
        assert store.counts().documents == 1
        assert time.monotonic() - began < 5
        connection.execute("UPDATE documents SET title = NULL")


def test_what_is_no_base(tmp_path: Path) -> None:
    path = tmp_path / "knowledge.db"
    with pytest.raises(NotFound, match=r"there is no knowledge.db"):
        DocumentStore.open(path)
    for content in (b"", b"a text", b"SQLite format 3\0" + b"x" * 4096):
        path.write_bytes(content)
        with pytest.raises(CorruptArtifact, match="add its documents again"):
            DocumentStore.open(path)
    path.unlink()
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE a (b)")
    foreign.close()
    with pytest.raises(CorruptArtifact, match="not made by Trunkline"):
        DocumentStore.open(path)
    with pytest.raises(Conflict, match="already"):
        DocumentStore.create(path, {})


def test_a_base_of_a_later_version(store: DocumentStore) -> None:
    connection = sqlite3.connect(store.path)
    connection.execute("PRAGMA user_version = 99")
    with pytest.raises(InvalidInput, match=r"format 99.*upgrade"):
        DocumentStore.open(store.path)
    connection.execute("PRAGMA user_version = 1")
    connection.close()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM terms WHERE rowid = 2", "passage without its terms"),
        ("DELETE FROM passages WHERE number = 2", "terms without their passage"),
        ("DELETE FROM documents", "passage without its document"),
        ("UPDATE passages SET text = 'other' WHERE number = 2", "differs from its document"),
        ("UPDATE terms SET body = 'other' WHERE rowid = 2", "other terms"),
        ("UPDATE terms_content SET c0 = 'other' WHERE id = 2", "damaged"),
    ],
)
def test_check_finds_what_does_not_agree(tmp_path: Path, statement: str, said: str) -> None:
    store = DocumentStore.create(tmp_path / "knowledge.db", {})
    store.put([Document(id="a", text=LONG)])
    connection = sqlite3.connect(store.path, isolation_level=None)
    connection.execute(statement)
    connection.close()
    with pytest.raises(CorruptArtifact, match=said):
        store.check()
    store.close()


def test_flipped_bytes_are_told_never_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "knowledge.db"
    store = DocumentStore.create(path, {})
    store.put([Document(id=f"{number}", text=LONG) for number in range(40)])
    store.close()
    whole = path.read_bytes()
    for place in range(200, len(whole), len(whole) // 60):
        path.write_bytes(whole[:place] + bytes(byte ^ 0xFF for byte in whole[place : place + 64]) + whole[place + 64 :])
        damaged = None
        try:
            damaged = DocumentStore.open(path)
            damaged.check()
        except CorruptArtifact:
            pass
        finally:
            if damaged is not None:
                damaged.close()


def test_values_that_no_column_holds(store: DocumentStore) -> None:
    with pytest.raises(InvalidInput, match="cannot hold this value"):
        store.document("\ud800")
    with pytest.raises(InvalidInput, match="cannot hold this value"):
        store.numbers(after=2**70)
    assert store.passages([2**70, -1]) == [None, None]
    assert store.bm25("\ud800", 5) == []
    assert store.delete(["\ud800"]) == 0
