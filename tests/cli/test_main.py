"""The program as a whole: help everywhere, fast, and failures in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from trunkline import Settings, load_plugins
from trunkline.cli.context import Context
from trunkline.cli.main import build


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Give every command's path."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path
        return
    for name, child in inner.items():
        yield from leaves(child, (*path, name))


COMMANDS = sorted(leaves(typer.main.get_command(build(Context(Settings(), load_plugins())))))


def test_all_commands_are_there() -> None:
    expected = {"tune", "evaluate", "compile", "predict", "import", "models", "trunks", "plugins", "serve", "doctor"}
    expected |= {"states", "estimate"}
    expected |= {"qa", "translate"}  # plugins' own
    assert {path[0] for path in COMMANDS} == expected
    assert {("tune", "classification"), ("tune", "ner"), ("predict", "ner"), ("models", "delete")} <= set(COMMANDS)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example_and_json(trunkline: Any, path: tuple[str, ...]) -> None:
    done = trunkline(*path, "--help")
    assert done.code == 0
    assert "Example" in done.out
    assert f"trunkline {' '.join(path)}" in done.out
    assert "--json" in done.out


@pytest.mark.parametrize("group", ["", "tune", "predict", "models", "plugins", "trunks"])
def test_every_group_has_help_with_an_example(trunkline: Any, group: str) -> None:
    done = trunkline(*group.split(), "--help")
    assert done.code == 0
    assert "Example" in done.out
    assert f"  trunkline {group}".rstrip() in done.out


def test_tuning_help_names_the_columns_and_what_is_allowed(trunkline: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    told = trunkline("tune", "classification", "--help").out
    for part in (
        "calibrated on dev data",
        "Default: TRUNKLINE_THREADS, or the cores.",
        "text       required\n",
        "text_pair  may be left out\n",
        "label      required; ",
    ):
        assert part in told
    assert "default: the top third of the layers trains, e.g. 4 of 6" in told
    assert "(auto, fit, none or a number from 0 to 1)" in told
    assert "separated by |" in told
    assert "JSON)" not in told
    assert "a list, each with start, end, label" in trunkline("tune", "ner", "--help").out


@pytest.mark.parametrize("columns", [60, 100, 160])
def test_help_is_as_wide_as_the_terminal(trunkline: Any, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    widest = max(len(line) for line in trunkline("--help").out.splitlines() if "trunkline " not in line)
    assert columns - 30 < widest <= columns


def test_help_says_what_a_bare_name_means(trunkline: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    for command in (["evaluate"], ["compile"], ["predict", "ner"], ["models", "show"]):
        assert "name: its newest version; name@production: the promoted one" in trunkline(*command, "--help").out
    assert "Left out: the task's one model in production" in trunkline("predict", "ner", "--help").out


def test_usage_has_no_braces(trunkline: Any) -> None:
    assert "[OPTIONS] [TEXT]...\n" in trunkline("predict", "ner", "--help").out
    assert "[OPTIONS] MODEL\n" in trunkline("evaluate", "--help").out


def test_an_empty_registry_says_where_it_is(trunkline: Any, home: Path) -> None:
    for command in (["models", "show", "x"], ["predict", "ner", "a", "--model", "x"]):
        trunkline(*command).failed(3, "there is none yet", f"under {home}", "TRUNKLINE_HOME")


def test_tuning_help_shows_the_tasks_own_options(trunkline: Any) -> None:
    assert "--out-of-scope-label" in trunkline("tune", "classification", "--help").out
    assert "--out-of-scope-label" not in trunkline("tune", "ner", "--help").out


def test_help_needs_neither_torch_nor_a_server() -> None:
    code = (
        "import sys; from trunkline.cli.main import run; "
        "assert run(['tune', 'ner', '--help']) == 0; "
        "sys.exit(','.join(m for m in ('torch', 'transformers', 'fastapi', 'sqlalchemy') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_the_version(trunkline: Any) -> None:
    assert trunkline("--version").out == "trunkline 0.1.0\n"


@pytest.mark.parametrize(
    "arguments", [["tuen"], ["models", "lst"], ["evaluate"], ["serve", "--port", "x"], ["serve", "--port", "70000"]]
)
def test_wrong_usage_is_one_line(trunkline: Any, arguments: list[str]) -> None:
    done = trunkline(*arguments)
    done.failed(2, "--help)")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("group", ["", "tune", "predict", "models", "plugins", "trunks"])
def test_without_arguments_a_group_shows_plain_help(trunkline: Any, group: str) -> None:
    done = trunkline(*group.split())
    assert (done.code, done.out) == (2, "")
    assert done.err == trunkline(*group.split(), "--help").out


@pytest.mark.parametrize("command", ["tune", "predict"])
def test_an_unknown_task_offers_those_there_are(trunkline: Any, command: str) -> None:
    trunkline(command, "clasification").failed(3, "no task named 'clasification'; did you mean classification")
    trunkline(command, "nonsense").failed(3, "no task named 'nonsense'; known: classification, ner")


def test_debug_shows_the_traceback_wherever_it_stands(trunkline: Any) -> None:
    for arguments in (["--debug", "models", "show", "x"], ["models", "show", "x", "--debug"]):
        done = trunkline(*arguments)
        assert done.code == 3
        assert "Traceback" in done.err


def test_a_failure_with_json_is_one_object(trunkline: Any) -> None:
    done = trunkline("models", "show", "x", "--json")
    assert done.json["error"]["exit_code"] == done.code == 3
    assert done.err.count("\n") == 1


def test_a_setting_that_cannot_be_read_is_told(trunkline: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNKLINE_BATCH_TOKENS", "many")
    trunkline("models", "list").failed(2, "TRUNKLINE_BATCH_TOKENS")


def broken_plugin(folder: Path) -> dict[str, str]:
    """Install a plugin that fails to import; returns the environment that finds it."""
    (folder / "sums.py").write_text("import no_such_module_at_all\n")
    info = folder / "sums-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sums\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[trunkline]\nsums = sums\n")
    return {**os.environ, "PYTHONPATH": str(folder), "TRUNKLINE_HOME": str(folder / "home")}


def test_a_plugin_that_fails_to_import_does_not_stop_the_others(tmp_path: Path) -> None:
    environment = broken_plugin(tmp_path)

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-c", "from trunkline.cli.main import main; main()", *arguments]
        return subprocess.run(program, capture_output=True, text=True, env=environment, check=False)

    listed = command("plugins", "list")
    assert listed.returncode == 0
    assert "no_such_module_at_all" in listed.stdout
    doctor = command("doctor")
    assert doctor.returncode == 1
    assert "BROKEN  plugin sums" in doctor.stdout
    assert "Traceback" not in doctor.stderr + listed.stderr
