"""Knowledge bases, passages and answers as they are printed at the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from trunkline import Terminal
from trunkline_qa.knowledge.records import DocumentInfo
from trunkline_qa.knowledge.search import Hit, Query
from trunkline_qa.knowledge.status import BaseStatus
from trunkline_qa.knowledge.store import DocumentStore
from trunkline_qa.knowledge.updating import Updated
from trunkline_qa.messages import QAResponse

_SHOWN = 100  # characters of a passage


def base(terminal: Terminal, told: BaseStatus) -> None:
    """Print one base."""
    vectors = told.vectors
    rows = [
        ("documents", f"{told.documents:,}"),
        ("FAQ pairs", f"{told.faq_pairs:,}"),
        ("passages", f"{told.passages:,}, {vectors.passages:,} of them with a vector"),
        ("characters", f"{told.characters:,}"),
        ("on disk", f"{told.bytes / 2**20:,.1f} MiB"),
        ("vectors by", str(vectors.made_by) if vectors.made_by else "nothing yet" if told.settings.vectors else "no"),
        ("FAQ threshold", f"{told.settings.faq_threshold:g}"),
    ]
    terminal.print_text(told.name)
    terminal.print_table(("", ""), rows)
    if vectors.problem:
        terminal.print_text(vectors.problem)


def bases(terminal: Terminal, told: Sequence[BaseStatus], as_json: bool) -> None:
    """Print all bases."""
    if as_json:
        terminal.print_json({"knowledge_bases": [one.model_dump(mode="json") for one in told]})
    elif told:
        rows = [
            (one.name, one.documents, one.faq_pairs, one.passages, one.vectors.passages, one.vectors.problem or "")
            for one in told
        ]
        terminal.print_table(("name", "documents", "FAQ pairs", "passages", "with vectors", "problem"), rows)
    else:
        terminal.print_text("no knowledge bases yet: trunkline qa knowledge-base create NAME makes one")


def documents(terminal: Terminal, store: DocumentStore, page: int, as_json: bool) -> None:
    """Print all documents, read a page at a time."""
    found = list(stored(store, page))
    if as_json:
        told = [{**asdict(one), "updated_at": one.updated_at.isoformat()} for one in found]
        terminal.print_json({"documents": told})
        return
    rows = [(one.id, one.kind, one.title or "", one.characters, one.passages) for one in found]
    if rows:
        terminal.print_table(("id", "kind", "title", "characters", "passages"), rows)
    else:
        terminal.print_text("no documents yet: trunkline qa knowledge-base add NAME FILE... adds some")


def stored(store: DocumentStore, page: int) -> Iterator[DocumentInfo]:
    """Read all documents of a store, a page at a time."""
    after: str | None = None
    while found := store.documents(after, page):
        yield from found
        after = found[-1].id


def vectors(terminal: Terminal, made: Updated | None, problem: str | None) -> None:
    """Print what became of the vectors."""
    if made is None:
        terminal.print_text(f"the documents are stored, and what is new is found by its words: {problem}")
    elif made.made_by is None:
        terminal.print_text("no vectors are kept: passages are found by their words")
    else:
        terminal.print_text(
            f"{made.made} vectors made by {made.made_by} in {made.seconds:.1f} s, {made.vectors} in all"
        )


def hits(terminal: Terminal, query: Query, found: Sequence[Hit], as_json: bool) -> None:
    """Print passages, best first."""
    if as_json:
        passages = [{**asdict(one.passage), **asdict(one)} for one in found]
        for told in passages:
            del told["passage"]
        terminal.print_json({"mode": query.mode, "note": query.note, "passages": passages})
        return
    if query.note:
        terminal.print_text(query.note)
    if not found:
        terminal.print_text("nothing fits")
    for one in found:
        passage = one.passage
        place = f"{passage.document_id} [{passage.start}, {passage.end})"
        terminal.print_text(f"{one.score:.4f}  {place}  {_brief(passage.text)}")


def answer(terminal: Terminal, told: QAResponse, as_json: bool) -> None:
    """Print answers, best first."""
    if as_json:
        terminal.print_json(told.model_dump(mode="json"))
        return
    if told.note:
        terminal.print_text(told.note)
    if not told.answers:
        terminal.print_text("no answer")
    for one in told.answers:
        place = f"{one.document.id} [{one.document.start}, {one.document.end})" if one.document else ""
        terminal.print_text(f"{one.score:.3f}  {one.text}  {place}")


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
