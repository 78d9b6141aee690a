"""`trunkline import TASK/NAME --from SOURCE`: a fine-tuned transformers model, ready to serve."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from trunkline.cli.context import Context
from trunkline.cli.output import Json, described, print_json, print_text
from trunkline.cli.progress import TerminalProgress
from trunkline.contract import DecoderTask
from trunkline.names import check_alias
from trunkline.records import Version


def add(app: typer.Typer, context: Context) -> None:
    """Add `import`."""

    @app.command(
        "import",
        help=described(
            "Register a fine-tuned transformers model as trunk and head: a classifier, a tagger, a reader that answers "
            "questions, or a translator (Marian files too).",
            "trunkline import classification/sentiment --from ./my-finetuned-bert",
            "trunkline import ner/people --from ./my-tagger --alias production",
            "trunkline import translation/en-de --from Helsinki-NLP/opus-mt-en-de",
        ),
    )
    def import_(
        model: Annotated[str, typer.Argument(metavar="TASK/NAME", help="What it is to be called.")],
        source: Annotated[str, typer.Option("--from", metavar="FOLDER|HUB_ID", help="The fine-tuned model.")],
        alias: Annotated[str | None, typer.Option(help="Point this alias at the version afterwards.")] = None,
        as_json: Json = False,
    ) -> None:
        if alias is not None:
            check_alias(alias)
        from trunkline.tuning.importing import import_model

        progress = TerminalProgress()
        version = import_model(model, source, context.settings, context.plugins, progress)
        if nameless := placeholders(version.head_config):
            progress.say(
                f"warning: the checkpoint does not name its labels, so answers will say {', '.join(nameless[:3])}"
                f"{', ...' if len(nameless) > 3 else ''}: write id2label into its config.json and import it again"
            )
        if alias is not None:
            for warning in moving(context, version, alias):
                progress.say(f"warning: {warning}")
            version = context.registry.set_alias(version.reference, alias)
        if as_json:
            print_json({"model": version.reference, "trunk": version.trunk_id, "aliases": list(version.aliases)})
        else:
            print_text(f"{version.reference}  on trunk {version.trunk_id[:12]}")
            print_text(f'ask it: trunkline predict {version.task} --model {version.name} "..."')
            print_text(f"measure it: trunkline evaluate {version.reference} --data FILE")


def moving(context: Context, version: Version, alias: str) -> Sequence[str]:
    """Tell what is new to those who ask by an alias that is going to point at `version`."""
    task = context.plugins.task(version.task)
    number = context.registry.aliases().get((version.task, version.name, alias))
    if number is None or not isinstance(task, DecoderTask):
        return []
    before = context.registry.resolve(f"{version.task}/{version.name}@{number}")
    return [f"{alias}: {told}" for told in task.alias_warnings(before.head_config, version.head_config)]


def placeholders(config: Mapping[str, Any]) -> list[str]:
    """Give the label names that transformers makes up (LABEL_0, LABEL_1) among a head's labels, in their order."""
    listed = [name for value in config.values() if isinstance(value, list) for name in value]
    found = {name for name in listed if isinstance(name, str) and re.fullmatch(r"LABEL_[0-9]{1,9}", name)}
    return sorted(found, key=lambda name: int(name.removeprefix("LABEL_")))
