"""`trunkline plugins list`: what is installed, and what became of it."""

from __future__ import annotations

from dataclasses import asdict

import typer

from trunkline.cli.context import Context
from trunkline.cli.output import Json, described, print_json, print_table
from trunkline.contract import PluginStatus


def add(app: typer.Typer, context: Context) -> None:
    """Add the group `plugins`."""
    group = typer.Typer(
        name="plugins",
        help=described("See installed plugins.", "trunkline plugins list"),
        no_args_is_help=True,
        rich_markup_mode=None,
    )

    @group.callback()
    def _group() -> None:
        """See installed plugins."""

    @group.command(
        "list",
        help=described(
            "List plugins with their tasks, or the reason why one does not load.", "trunkline plugins list --json"
        ),
    )
    def list_(as_json: Json = False) -> None:
        status = context.plugins.status
        if as_json:
            print_json({"plugins": [asdict(one) for one in status]})
        else:
            rows = [(one.name, f"{one.distribution} {one.version}", ", ".join(one.tasks), state(one)) for one in status]
            print_table(("plugin", "distribution", "tasks", "state"), rows)

    app.add_typer(group)


def state(plugin: PluginStatus) -> str:
    """Tell in a few words what became of a plugin."""
    if plugin.blocked:
        return "blocked"
    return f"does not load: {plugin.error}" if plugin.error else "loaded"
