"""`trunkline translate FILE...`: whole files, their structure kept."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from trunkline import Inference, InvalidInput, Progress, Terminal
from trunkline_translation.destinations import destinations, write
from trunkline_translation.documents import FORMATS, Document, Reading, of_bytes, read
from trunkline_translation.messages import TranslationRequest
from trunkline_translation.text import read_glossary
from trunkline_translation.translating import Job, Told

TASK = "translation"
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object to standard output, nothing else.")]


def add_translate(cli: typer.Typer, terminal: Terminal) -> None:
    """Add the command `translate`."""

    @cli.command(
        "translate",
        help=terminal.described(
            f"Translate files, their structure kept: {', '.join(FORMATS)}. What is no language stays as it is: "
            "addresses, placeholders, numbers, mark-up, code.",
            "trunkline translate guide.md --model en-pt --output guia.md",
            "trunkline translate messages.po --model en-pt --output pt.po --glossary terms.tsv",
            "trunkline translate docs/*.md --model en-pt --output docs-pt/",
            "cat reply.txt | trunkline translate - --model en-pt",
        ),
    )
    def translate(
        files: Annotated[list[str], typer.Argument(metavar="FILE...", help="What to translate; - for standard input.")],
        model: Annotated[str | None, typer.Option(help="name, name@alias or name@number.")] = None,
        output: Annotated[
            str | None,
            typer.Option(
                metavar="FILE|FOLDER/",
                help="Where to write; in a folder each file keeps its name. Default: standard output.",
            ),
        ] = None,
        format_: Annotated[
            str | None, typer.Option("--format", help=f"{', '.join(FORMATS)}; default: by the file's suffix.")
        ] = None,
        source_lang: Annotated[str | None, typer.Option(help="The file's language, such as en.")] = None,
        target_lang: Annotated[str | None, typer.Option(help="The translation's language, such as pt.")] = None,
        glossary: Annotated[
            Path | None, typer.Option(metavar="FILE", help="Terms with their translations: TSV, CSV or JSON.")
        ] = None,
        keep: Annotated[list[str], typer.Option(help="A string that is not translated; repeatable.")] = [],  # noqa: B006
        beams: Annotated[int | None, typer.Option(min=1, max=16, help="Hypotheses at once; 1 is greedy.")] = None,
        wrapped: Annotated[bool, typer.Option("--wrapped", help="Plain text: lines end within sentences.")] = False,
        overwrite: Annotated[
            bool, typer.Option("--overwrite-translated", help="Of PO, translate what has a translation too.")
        ] = False,
        fuzzy: Annotated[bool, typer.Option("--mark-fuzzy", help="Of PO, mark what was translated as fuzzy.")] = False,
        force: Annotated[bool, typer.Option("--force", help="Overwrite the output file.")] = False,
        as_json: Json = False,
    ) -> None:
        asked: dict[str, Any] = {
            "text": "",
            "model": model,
            "source_lang": source_lang,
            "target_lang": target_lang,
            "keep": keep,
            "beams": beams,
            "glossary": {} if glossary is None else {one.source: one.target for one in read_glossary(glossary).terms},
        }
        request = _request(asked)
        reading = Reading(wrapped=wrapped, overwrite=overwrite, mark_fuzzy=fuzzy)
        documents = [_document(file, format_, reading) for file in files]
        places = destinations(files, output, force=force)
        done: list[_Done] = []
        with terminal.inference() as inference:
            for document, place in zip(documents, places, strict=True):
                told, used = asyncio.run(_translated(request, inference, document, terminal.progress()))
                done.append(_Done(told, used, place))
                if place is not None:
                    write(place, told.text)
                if not as_json:
                    done[-1].show(terminal)
        if as_json:
            terminal.print_json(done[0].as_json() if len(done) == 1 else {"files": [one.as_json() for one in done]})


@dataclass(frozen=True, slots=True)
class _Done:
    """A file's translation by `model`, and where it was written; None: nowhere yet."""

    told: Told
    model: str
    place: Path | None

    def as_json(self) -> dict[str, Any]:
        told, place = self.told, self.place
        said = {"model": self.model, "sentences": len(told.parts), "score": told.score, "unplaced": self._missing()}
        return {**said, **({"translation": told.text} if place is None else {"output": str(place)})}

    def show(self, terminal: Terminal) -> None:
        if self.place is None:
            sys.stdout.write(self.told.text)
        else:
            terminal.print_text(f"{self.place}: {len(self.told.parts)} sentences by {self.model}")
        if missing := self._missing():
            sys.stderr.write(f"not placed: {', '.join(missing)}\n")

    def _missing(self) -> list[str]:
        return list(dict.fromkeys(term.source for _, one in self.told.parts for term in one.missing))


def _document(file: str, form: str | None, reading: Reading) -> Document:
    if file != "-":
        return read(file, form, reading)
    return of_bytes(sys.stdin.buffer.read(), None, form or "text", reading)


async def _translated(
    request: TranslationRequest, inference: Inference, document: Document, progress: Progress
) -> tuple[Told, str]:
    job = await Job.of(TASK, request, inference, progress)
    return await job.told(document), job.answers.model


def _request(asked: dict[str, Any]) -> TranslationRequest:
    """Make a request of options. Raises `InvalidInput` naming those that cannot be used."""
    try:
        return TranslationRequest.model_validate(asked)
    except ValidationError as error:
        raise InvalidInput("; ".join(_problem(one, asked) for one in error.errors(include_url=False))) from None


def _problem(error: Any, asked: Mapping[str, Any]) -> str:
    """Say what is wrong with an option, and with which of its values; or with how many."""
    field, *inner = error["loc"] or ("",)
    option = f"--{str(field).replace('_', '-')}"
    if error["type"] == "too_long":
        return f"{option} has {len(asked[field]):,} terms, the limit is {error['ctx']['max_length']:,}: leave some out"
    shown = " ".join(repr(one)[:80] for one in inner if one != "[key]") or repr(error.get("input"))[:80]
    return f"{option} {shown}: {error['msg'].removeprefix('Value error, ')}"
