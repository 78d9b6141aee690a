"""`trunkline qa knowledge-base ...`: knowledge bases at the terminal, without a server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from trunkline import Inference, InvalidInput, Terminal, TrunklineError
from trunkline_qa.knowledge import shown
from trunkline_qa.knowledge.bases import KnowledgeBase
from trunkline_qa.knowledge.command_words import GROUP, Json, Name, bases_of
from trunkline_qa.knowledge.documents import Document, FAQPair
from trunkline_qa.knowledge.files import read_files
from trunkline_qa.knowledge.records import Kind
from trunkline_qa.knowledge.search import MOST_RESULTS, Mode, search
from trunkline_qa.knowledge.setting_commands import add_settings
from trunkline_qa.knowledge.shown import stored
from trunkline_qa.knowledge.state_commands import add_states
from trunkline_qa.knowledge.states import keep_states
from trunkline_qa.knowledge.status import status
from trunkline_qa.knowledge.updating import Updated, update
from trunkline_qa.messages import MOST_ANSWERS, MOST_PASSAGES, QARequest

BATCH = 500  # documents that are stored at once
LISTED = 1_000  # documents that are read at once


def add_commands(cli: typer.Typer, terminal: Terminal) -> None:
    """Add the group `qa knowledge-base`."""
    qa = typer.Typer(
        name="qa",
        help=terminal.described(
            "Knowledge bases for question answering.",
            f"{GROUP} create support",
            f"{GROUP} add support handbook/ faq.csv",
            f'{GROUP} ask support "When is my parcel refunded?"',
        ),
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group = typer.Typer(
        name="knowledge-base",
        help=terminal.described(
            "Documents and FAQ pairs, from which questions are answered.",
            f"{GROUP} create support",
            f"{GROUP} add support handbook/ faq.csv",
            f"{GROUP} status support",
        ),
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    for add in (add_settings, _add_documents, add_states, _add_showing, _add_removing, _add_asking):
        add(group, terminal)
    qa.add_typer(group)
    cli.add_typer(qa)


def _add_documents(group: typer.Typer, terminal: Terminal) -> None:
    @group.command(
        help=terminal.described(
            "Add or replace documents and FAQ pairs, then make the vectors that are missing. "
            "A run that was killed goes on when it is repeated.",
            f"{GROUP} add support handbook/ terms.pdf",
            f"{GROUP} add support faq.csv --json",
            between="Files: .md, .txt, .html, .pdf; rows in .jsonl, .json, .csv with text, or question and answer.",
        )
    )
    def add(
        name: Name,
        files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files, and folders of them.")],
        prune: Annotated[
            bool, typer.Option("--prune", help="Delete what came from these folders and is not there any more.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        with terminal.inference() as inference:
            base = bases_of(inference).open(name)
            items = read_files(files)
            counted = _put(base, items, terminal)
            if prune:
                counted["deleted"] = _pruned(base, files, {item.id for item in items})
            made, problem = _updated(base, inference, terminal)
        if as_json:
            vectors = asdict(made) if made else None
            terminal.print_json({"name": name, **counted, "vectors": vectors, "problem": problem})
            return
        terminal.print_text(", ".join(f"{count} {what}" for what, count in counted.items()))
        shown.vectors(terminal, made, problem)

    @group.command(
        help=terminal.described(
            "Make all vectors anew; the old ones are searched meanwhile.", f"{GROUP} rebuild support"
        )
    )
    def rebuild(name: Name, as_json: Json = False) -> None:
        with terminal.inference() as inference:
            base = bases_of(inference).open(name)
            made = asyncio.run(update(base, inference, terminal.progress(), rebuild=True))
        if as_json:
            terminal.print_json({"name": name, "vectors": asdict(made)})
        else:
            shown.vectors(terminal, made, None)


def _put(base: KnowledgeBase, items: Sequence[Document | FAQPair], terminal: Terminal) -> dict[str, int]:
    """Store items a batch at a time; tells how many were new, changed and there already."""
    counted = {"added": 0, "changed": 0, "unchanged": 0}
    with terminal.progress().track("documents", len(items)) as advance:
        for start in range(0, len(items), BATCH):
            report = asdict(base.store.put(items[start : start + BATCH]))
            counted = {what: count + report[what] for what, count in counted.items()}
            advance(min(BATCH, len(items) - start))
    return counted


def _pruned(base: KnowledgeBase, folders: Sequence[Path], there: set[str]) -> int:
    """Delete documents whose ids begin with a folder's name and are not among those that were read."""
    beginnings = tuple(f"{folder.resolve().name}/" for folder in folders if folder.is_dir())
    gone = [one.id for one in stored(base.store, LISTED) if one.id.startswith(beginnings) and one.id not in there]
    return base.store.delete(gone)


def _updated(base: KnowledgeBase, inference: Inference, terminal: Terminal) -> tuple[Updated | None, str | None]:
    """Make vectors and states; what goes wrong is told, for the documents are stored and found by their words."""
    made, problems = None, []
    try:
        made = asyncio.run(update(base, inference, terminal.progress()))
    except TrunklineError as error:
        problems.append(str(error))
    try:
        asyncio.run(keep_states(base, inference, terminal.progress()))
    except TrunklineError as error:
        problems.append(str(error))
    return made, "; ".join(problems) or None


def _add_showing(group: typer.Typer, terminal: Terminal) -> None:
    @group.command(
        "list", help=terminal.described("List knowledge bases, or the documents of one.", f"{GROUP} list support")
    )
    def list_(
        name: Annotated[str | None, typer.Argument(metavar="NAME", help="Whose documents are listed.")] = None,
        as_json: Json = False,
    ) -> None:
        with terminal.inference() as inference:
            bases = bases_of(inference)
            if name is None:
                shown.bases(terminal, [status(bases.open(one), inference) for one in bases.names()], as_json)
            else:
                shown.documents(terminal, bases.open(name).store, LISTED, as_json)

    @group.command(
        help=terminal.described(
            "Print a document's text as it is kept; offsets of answers count in it.",
            f"{GROUP} show support handbook/returns.md",
        )
    )
    def show(
        name: Name,
        id_: Annotated[str, typer.Argument(metavar="ID", help="As list shows it.")],
        as_json: Json = False,
    ) -> None:
        with terminal.inference() as inference:
            item = bases_of(inference).open(name).store.document(id_)
        if as_json:
            terminal.print_json(item.model_dump(mode="json"))
        else:
            terminal.print_text(item.text if isinstance(item, Document) else f"{item.question}\n{item.answer}")

    @group.command(
        "status",
        help=terminal.described(
            "Tell what a knowledge base holds, and whether its vectors are as they should be.",
            f"{GROUP} status support --json",
        ),
    )
    def status_(name: Name, as_json: Json = False) -> None:
        with terminal.inference() as inference:
            told = status(bases_of(inference).open(name), inference)
        if as_json:
            terminal.print_json(told.model_dump(mode="json"))
        else:
            shown.base(terminal, told)


def _add_removing(group: typer.Typer, terminal: Terminal) -> None:
    @group.command(
        help=terminal.described(
            "Delete documents and FAQ pairs by their ids.", f"{GROUP} delete support handbook/old.md"
        )
    )
    def delete(
        name: Name,
        ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, as list shows them.")],
        as_json: Json = False,
    ) -> None:
        with terminal.inference() as inference:
            deleted = bases_of(inference).open(name).store.delete(ids)
        missing = len(set(ids)) - deleted
        if as_json:
            terminal.print_json({"name": name, "deleted": deleted, "missing": missing})
        else:
            terminal.print_text(f"{deleted} deleted, {missing} not there")

    @group.command(
        help=terminal.described("Delete a knowledge base with all that is in it.", f"{GROUP} remove support --yes")
    )
    def remove(
        name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, as_json: Json = False
    ) -> None:
        if not yes:
            _confirm(name, as_json)
        with terminal.inference() as inference:
            bases_of(inference).delete(name)
        if as_json:
            terminal.print_json({"removed": name})
        else:
            terminal.print_text(f"{name} is deleted")


def _confirm(name: str, as_json: bool) -> None:
    if as_json or not sys.stdin.isatty():
        raise InvalidInput(f"removing {name} cannot be undone: say --yes")
    if not typer.confirm(f"remove {name} with all its documents?", err=True):
        raise typer.Abort


def _add_asking(group: typer.Typer, terminal: Terminal) -> None:
    @group.command(
        "search",
        help=terminal.described(
            "Find the passages that fit best.",
            f'{GROUP} search support "lost parcels"',
            f'{GROUP} search support "lost parcels" --mode bm25 --limit 3 --json',
        ),
    )
    def search_(
        name: Name,
        query: Annotated[str, typer.Argument(metavar="QUERY", help="What is looked for.")],
        limit: Annotated[int, typer.Option(min=1, max=MOST_RESULTS, help="How many passages.")] = 10,
        mode: Annotated[Mode, typer.Option(help="By words, by vectors, or by both.")] = "hybrid",
        kind: Annotated[Kind | None, typer.Option(help="Only documents, or only FAQ pairs.")] = None,
        as_json: Json = False,
    ) -> None:
        with terminal.inference() as inference:
            base = bases_of(inference).open(name)
            ready, hits = asyncio.run(search(base, inference, query, limit, mode, kind))
        shown.hits(terminal, ready, hits, as_json)

    @group.command(
        help=terminal.described(
            "Answer a question: by a stored question that is like it, or by a version of task qa that reads passages.",
            f'{GROUP} ask support "When is my parcel refunded?"',
            f'{GROUP} ask support "When is my parcel refunded?" --model desk@production --top-k 3 --json',
        )
    )
    def ask(
        name: Name,
        question: Annotated[str, typer.Argument(metavar="QUESTION", help="What is asked.")],
        model: Annotated[str | None, typer.Option(help="The version of task qa that reads.")] = None,
        passages: Annotated[int, typer.Option(min=1, max=MOST_PASSAGES, help="How many passages are read.")] = 5,
        top_k: Annotated[int, typer.Option(min=1, max=MOST_ANSWERS, help="How many answers are given.")] = 1,
        threshold: Annotated[
            float | None, typer.Option(min=0, max=1, help="Answers that score less are left out.")
        ] = None,
        as_json: Json = False,
    ) -> None:
        if not question.strip():
            raise InvalidInput("the question is empty: ask something")
        from trunkline_qa.task import QuestionAnsweringTask

        with terminal.inference() as inference:
            bases_of(inference).open(name)
            request = QARequest(
                question=question, knowledge_base=name, model=model, passages=passages, top_k=top_k, threshold=threshold
            )
            answer = asyncio.run(QuestionAnsweringTask().run(request, inference))
        shown.answer(terminal, answer, as_json)
