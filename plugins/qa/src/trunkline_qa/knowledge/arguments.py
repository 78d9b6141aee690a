"""What the commands of knowledge bases share."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline import Inference
from trunkline_qa.knowledge.bases import PLUGIN, KnowledgeBases, bases_in

GROUP = "trunkline qa knowledge-base"
Name = Annotated[str, typer.Argument(metavar="NAME", help="The knowledge base: a-z 0-9 . _ -, 64 at most.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object to standard output, nothing else.")]


def bases_of(inference: Inference) -> KnowledgeBases:
    """Give the bases of an engine's data folder."""
    return bases_in(inference.data_folder(PLUGIN))
