"""`trunkline models`: list, show, alias, unalias, delete."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from trunkline.cli.arguments import MEANT, expected_number
from trunkline.cli.context import Context
from trunkline.cli.output import (
    Json,
    described,
    evaluation_json,
    metric_text,
    place_text,
    print_json,
    print_table,
    print_text,
)
from trunkline.errors import InvalidInput
from trunkline.names import Reference, check_alias
from trunkline.records import Evaluation, TrunkInfo, Version
from trunkline.records.evaluation import own

Name = Annotated[str, typer.Argument(metavar="[TASK/]NAME[@ALIAS|@NUMBER]", help=MEANT)]
Exact = Annotated[str, typer.Argument(metavar="[TASK/]NAME@NUMBER", help="Which version.")]

UNMEASURED = "not measured"
SHOWN = 5  # labels


def add(app: typer.Typer, context: Context) -> None:
    """Add the group `models`."""
    group = typer.Typer(
        name="models",
        help=described(
            "See and manage registered models.",
            "trunkline models list",
            "trunkline models show tickets@production",
            "trunkline models alias tickets@3 production",
        ),
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    for command in (_list, _show, _alias, _unalias, _delete):
        command(group, context)
    app.add_typer(group)


def _list(group: typer.Typer, context: Context) -> None:
    @group.command(
        "list",
        help=described(
            "List models, each with its newest version, aliases and that version's own quality: as torch in fp32 "
            "measured it, of test data before dev data; where there is no such figure, another with its engine.",
            "trunkline models list --task ner",
        ),
    )
    def list_(
        task: Annotated[str | None, typer.Option(help="Only models of this task.")] = None, as_json: Json = False
    ) -> None:
        if task is not None:
            context.plugins.task(task)
        models = [_Model.of(context, versions) for versions in _by_model(context.registry.versions(task))]
        if as_json:
            print_json({"models": [model.as_json() for model in models]})
        elif models:
            print_table(("model", "newest", "aliases", "fork+own", "quality"), [model.row(context) for model in models])
            if any(model.quality is None for model in models):
                print_text(f"{UNMEASURED}: trunkline evaluate TASK/NAME --data FILE measures it")
        else:
            print_text(f"no models yet: tune or import one (looked in {context.place})")


def _show(group: typer.Typer, context: Context) -> None:
    @group.command(
        "show",
        help=described(
            "Show one version: where it forks, what it was tuned with, how it was measured.",
            "trunkline models show tickets@production",
        ),
    )
    def show(name: Name, as_json: Json = False) -> None:
        version = context.registry.resolve(name)
        others = [one.reference for one in context.registry.versions(version.task, version.name)]
        evaluations = list(context.registry.evaluations(version.reference))
        if as_json:
            shown = [evaluation_json(one) for one in evaluations]
            print_json(
                {
                    **version.model_dump(mode="json"),
                    "model": version.reference,
                    "evaluations": shown,
                    "versions": others,
                }
            )
        else:
            _show_text(version, context.registry.trunk(version.trunk_id), evaluations)
            print_text(f"versions: {', '.join(others)}")


def _alias(group: typer.Typer, context: Context) -> None:
    @group.command(
        "alias",
        help=described(
            "Point an alias at a version; servers follow within a second.",
            "trunkline models alias tickets@3 production --expect 2",
        ),
    )
    def alias(
        version: Name,
        alias: Annotated[str, typer.Argument(metavar="ALIAS", help="The alias to set, such as production.")],
        expect: Annotated[
            str | None,
            typer.Option(metavar="N|none", help="Set it only while it points at version N (none: is not set)."),
        ] = None,
        as_json: Json = False,
    ) -> None:
        check_alias(alias)
        expected = {} if expect is None else {"expected": expected_number(expect)}
        moved = context.registry.set_alias(version, alias, **expected)
        if as_json:
            print_json({"model": moved.reference, "alias": alias, "aliases": list(moved.aliases)})
        else:
            print_text(f"{moved.task}/{moved.name}@{alias} is now version {moved.number}")


def _unalias(group: typer.Typer, context: Context) -> None:
    @group.command(
        "unalias", help=described("Remove an alias; the version stays.", "trunkline models unalias tickets@staging")
    )
    def unalias(
        reference: Annotated[str, typer.Argument(metavar="[TASK/]NAME@ALIAS", help="Which alias.")],
        as_json: Json = False,
    ) -> None:
        alias = Reference.parse(reference).alias
        if alias is None:
            raise InvalidInput(f"{reference!r} names no alias: write name@alias")
        version = context.registry.resolve(reference)
        context.registry.remove_alias(f"{version.task}/{version.name}", alias)
        if as_json:
            print_json({"model": version.reference, "removed": alias})
        else:
            print_text(f"{version.task}/{version.name}@{alias} is gone; {version.reference} stays")


def _delete(group: typer.Typer, context: Context) -> None:
    @group.command(
        "delete",
        help=described(
            "Delete one version; refused while an alias points at it.", "trunkline models delete tickets@2 --yes"
        ),
    )
    def delete(
        version: Exact,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
        as_json: Json = False,
    ) -> None:
        if Reference.parse(version).number is None:
            raise InvalidInput(f"{version!r} is not one version: write name@number")
        found = context.registry.resolve(version)
        if not yes:
            _confirm(found.reference, as_json)
        context.registry.delete_version(found.reference)
        if as_json:
            print_json({"deleted": found.reference})
        else:
            print_text(f"{found.reference} is deleted")


def _confirm(reference: str, as_json: bool) -> None:
    if as_json or not sys.stdin.isatty():
        raise InvalidInput(f"deleting {reference} cannot be undone: say --yes")
    if not typer.confirm(f"delete {reference}?", err=True):
        raise typer.Abort


def _by_model(versions: Sequence[Version]) -> list[list[Version]]:
    """Group versions by model, in the order of names, newest first."""
    groups: dict[tuple[str, str], list[Version]] = {}
    for version in sorted(versions, key=lambda one: -one.number):
        groups.setdefault((version.task, version.name), []).append(version)
    return [groups[key] for key in sorted(groups)]


@dataclass(frozen=True, slots=True)
class _Model:
    """A model as the list shows it: its newest version, and where its aliases point."""

    newest: Version
    aliases: dict[str, int]
    quality: Evaluation | None  # of the newest version

    @classmethod
    def of(cls, context: Context, versions: Sequence[Version]) -> _Model:
        aliases = {alias: version.number for version in versions for alias in version.aliases}
        return cls(versions[0], aliases, own(context.registry.evaluations(versions[0].reference)))

    def as_json(self) -> dict[str, Any]:
        return {
            "task": self.newest.task,
            "name": self.newest.name,
            "newest": self.newest.reference,
            "aliases": self.aliases,
            "tuning": self.newest.tuning,
            "trunk": self.newest.trunk_id,
            "fork_layer": self.newest.branch.fork_layer,
            "branch_layers": self.newest.branch.branch_layers,
            "created_at": self.newest.created_at.isoformat(),
            "evaluation": evaluation_json(self.quality) if self.quality else None,
        }

    def row(self, context: Context) -> tuple[str, ...]:
        newest = self.newest
        aliases = ", ".join(f"{alias}={number}" for alias, number in sorted(self.aliases.items()))
        place = f"{newest.branch.fork_layer}+{newest.branch.branch_layers}"
        return (f"{newest.task}/{newest.name}", str(newest.number), aliases, place, self._told(context))

    def _told(self, context: Context) -> str:
        if self.quality is None:
            return UNMEASURED
        name = getattr(context.plugins.tasks.get(self.newest.task), "primary_metric", None)
        metrics = self.quality.metrics
        shown = {name: metrics[name]} if name in metrics else metrics
        return f"{', '.join(metric_text(*one) for one in list(shown.items())[:2])} ({place_text(self.quality)})"


def _show_text(version: Version, trunk: TrunkInfo, evaluations: list[Evaluation]) -> None:
    print_text(f"{version.reference}  {', '.join(version.aliases) or 'no alias'}")
    facts = {
        "trunk": f"{trunk.name} ({trunk.id[:12]})",
        "tuning": version.tuning,
        "fork_layer": version.branch.fork_layer,
        "branch_layers": version.branch.branch_layers,
        "joined_at": version.branch.joined_at or "",
        "labels": _labels(version.head_config),
        "seed": version.settings.get("seed", ""),
        "epochs": _epochs(version),
        "created": f"{version.created_at:%Y-%m-%d %H:%M:%S} UTC",
        "seconds": "" if version.seconds is None else f"{version.seconds:.1f}",
        **{f"artifact {role}": digest[:12] for role, digest in version.artifacts.items()},
    }
    print_table(("", ""), [(name, value) for name, value in facts.items() if value != ""])
    for one in evaluations:
        metrics = "  ".join(metric_text(*metric) for metric in one.metrics.items())
        print_text(f"{one.split} {one.dataset_name} n {one.n} on {one.backend} {one.precision}: {metrics}")


def _labels(config: Mapping[str, Any]) -> str:
    """Tell how many labels a head has and the first of them; nothing of a head that has none."""
    labels = config.get("labels")
    if not isinstance(labels, list | tuple):
        return ""
    return f"{len(labels)}: {', '.join(map(str, labels[:SHOWN]))}{', ...' if len(labels) > SHOWN else ''}"


def _epochs(version: Version) -> str:
    """Tell how many passes over the data there were to be; nothing of a version that was not tuned."""
    told = version.settings.get("resolved_epochs") or version.settings.get("epochs")
    return "" if told is None else str(told)
