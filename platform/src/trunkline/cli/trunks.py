"""`trunkline trunks list`: the trunks that versions stand on."""

from __future__ import annotations

from collections import Counter

import typer

from trunkline.cli.context import Context
from trunkline.cli.output import Json, described, print_json, print_table, print_text


def add(app: typer.Typer, context: Context) -> None:
    """Add the group `trunks`."""
    group = typer.Typer(
        name="trunks",
        help=described("See registered trunks.", "trunkline trunks list"),
        no_args_is_help=True,
        rich_markup_mode=None,
    )

    @group.callback()
    def _group() -> None:
        """See registered trunks."""

    @group.command(
        "list",
        help=described(
            "List trunks with their size and the number of versions on each.", "trunkline trunks list --json"
        ),
    )
    def list_(as_json: Json = False) -> None:
        used = Counter(version.trunk_id for version in context.registry.versions())
        trunks = list(context.registry.trunks())
        if as_json:
            kept = {"id", "name", "family", "n_layers", "width", "max_length", "parent_id"}
            print_json({"trunks": [{**one.model_dump(include=kept), "versions": used[one.id]} for one in trunks]})
            return
        rows = [(one.id[:12], one.name, one.family, one.n_layers, one.width, used[one.id]) for one in trunks]
        if rows:
            print_table(("id", "name", "family", "layers", "width", "versions"), rows)
        else:
            print_text("no trunks yet: tuning and importing bring them in")

    app.add_typer(group)
