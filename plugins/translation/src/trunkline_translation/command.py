"""`trunkline translate FILE`: whole files, their structure kept."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from trunkline import Conflict, EnvironmentFault, Inference, InvalidInput, Progress, Terminal
from trunkline_translation.documents import FORMATS, Reading, read
from trunkline_translation.documents.formats import parse
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
            f"Translate a file, its structure kept: {', '.join(FORMATS)}. What is no language stays as it is: "
            "addresses, placeholders, numbers, mark-up, code.",
            "trunkline translate guide.md --model en-pt --output guia.md",
            "trunkline translate messages.po --model en-pt --output pt.po --glossary terms.tsv",
            "cat reply.txt | trunkline translate - --model en-pt",
        ),
    )
    def translate(
        file: Annotated[str, typer.Argument(metavar="FILE", help="What to translate; - for standard input.")],
        model: Annotated[str | None, typer.Option(help="name, name@alias or name@number.")] = None,
        output: Annotated[
            Path | None, typer.Option(metavar="FILE", help="Where to write; default: standard output.")
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
        if output is not None and output.exists() and not force:
            raise Conflict(f"{output} is there already: give another --output, or --force")
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
        document = (
            parse(sys.stdin.read(), format_ or "text", reading, "standard input")
            if file == "-"
            else read(file, format_, reading)
        )
        with terminal.inference() as inference:
            told, used = asyncio.run(_translated(request, inference, document, terminal.progress()))
        if output is not None:
            _write(output, told.text)
        _show(terminal, told, used, output, as_json)


async def _translated(
    request: TranslationRequest, inference: Inference, document: Any, progress: Progress
) -> tuple[Told, str]:
    job = await Job.of(TASK, request, inference, progress)
    return await job.told(document), job.answers.model


def _request(asked: dict[str, Any]) -> TranslationRequest:
    try:
        return TranslationRequest.model_validate(asked)
    except ValueError as error:
        raise InvalidInput(str(error)) from None


def _write(output: Path, text: str) -> None:
    """Write whole or not at all, line breaks as they are."""
    aside = output.with_name(f"{output.name}.part")
    try:
        aside.write_text(text, encoding="utf-8", newline="")
        aside.replace(output)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise EnvironmentFault(f"{output} cannot be written: {error.strerror or error}") from error


def _show(terminal: Terminal, told: Told, model: str, output: Path | None, as_json: bool) -> None:
    missing = list(dict.fromkeys(term.source for _, one in told.parts for term in one.missing))
    if as_json:
        said = {"model": model, "sentences": len(told.parts), "score": told.score, "unplaced": missing}
        where = {"translation": told.text} if output is None else {"output": str(output)}
        terminal.print_json({**said, **where})
        return
    if output is None:
        sys.stdout.write(told.text)
    else:
        terminal.print_text(f"{output}: {len(told.parts)} sentences by {model}")
    if missing:
        sys.stderr.write(f"not placed: {', '.join(missing)}\n")
