"""How plugins are found, joined and refused; entry points are real, written into a folder on the path."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from trunkline.contract import Task, hookimpl, load_plugins
from trunkline.contract.hookspecs import hookspec
from trunkline.errors import InvalidInput, NotFound, PluginError


class Echo(Task[Any, Any]):
    name = "echo"
    summary = "Says it again"

    async def run(self, request, inference):
        raise NotImplementedError


class Shout(Echo):
    name = "shout"


def registering(*tasks: Task[Any, Any]) -> type:
    """Make a plugin that registers `tasks`."""

    class Plugin:
        @hookimpl
        def register_tasks(self):
            return tasks

    return Plugin


Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path, monkeypatch) -> Install:
    """Install a plugin: a module's source under an entry point of its name, as pip would lay it out."""
    monkeypatch.syspath_prepend(tmp_path)

    def _install(name: str, source: str) -> None:
        (tmp_path / f"{name}_plugin.py").write_text(source)
        info = tmp_path / f"{name}_plugin-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-plugin\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[trunkline]\n{name} = {name}_plugin\n")
        monkeypatch.delitem(sys.modules, f"{name}_plugin", raising=False)

    return _install


SOURCE = """
from trunkline import Task, hookimpl
class Told(Task):
    name = "told"
    summary = "Tells"
    async def run(self, request, inference): ...
@hookimpl
def register_tasks():
    return [Told()]
"""


def test_an_installed_plugin_is_found_with_its_distribution(install):
    install("teller", SOURCE)
    plugins = load_plugins()
    assert plugins.task("told").summary == "Tells"
    status = next(status for status in plugins.status if status.name == "teller")
    assert (status.distribution, status.version, status.tasks) == ("teller-plugin", "1.2", ("told",))
    assert status.error is None


def test_a_blocked_plugin_is_not_even_imported(install):
    install("teller", "raise RuntimeError('imported')")
    plugins = load_plugins(block=["teller"])
    status = next(status for status in plugins.status if status.name == "teller")
    assert status.blocked
    assert status.error is None
    assert "teller_plugin" not in sys.modules


def test_a_plugin_that_fails_to_import_is_kept_in_the_status_and_stops_no_other(install):
    install("broken", "import no_such_module_at_all")
    plugins = load_plugins(extra=[registering(Echo())()])
    status = next(status for status in plugins.status if status.name == "broken")
    assert "No module named 'no_such_module_at_all'" in (status.error or "")
    assert "echo" in plugins.tasks
    with pytest.raises(PluginError, match="installed but does not load: ModuleNotFoundError"):
        plugins.task("broken")


def test_a_misspelt_hook_is_an_error_and_not_silence():
    class Misspelt:
        @hookimpl
        def register_task(self):
            return []

    with pytest.raises(PluginError, match=r"register_task'.*hookspecs"):
        load_plugins(extra=[Misspelt()])


def test_an_argument_that_a_hook_does_not_have_is_an_error():
    class Wrong:
        @hookimpl
        def read_examples(self, task, file):
            return None

    with pytest.raises(PluginError, match="file"):
        load_plugins(extra=[Wrong()])


def test_two_plugins_with_one_task_name_are_refused_and_both_are_named(install):
    install("teller", SOURCE)
    install("rumour", SOURCE)
    with pytest.raises(PluginError, match=r"register the task 'told': (teller and rumour|rumour and teller)"):
        load_plugins()
    assert "told" in load_plugins(block=["rumour"]).tasks


def test_one_plugin_that_registers_a_name_twice_is_refused():
    with pytest.raises(PluginError, match="'echo'"):
        load_plugins(extra=[registering(Echo(), Echo())()])


def test_tasks_of_several_plugins_are_joined():
    plugins = load_plugins(extra=[registering(Echo())(), registering(Shout())()])
    assert {"echo", "shout"} <= set(plugins.tasks)


def test_a_task_name_must_be_fit_for_a_path():
    class Bad(Echo):
        name = "../etc"

    with pytest.raises(InvalidInput, match="is not a task"):
        load_plugins(extra=[registering(Bad())()])


def test_backends_are_joined_and_a_known_name_is_refused():
    def offering(name: str) -> Any:
        class Plugin:
            @hookimpl
            def register_backends(self):
                return [SimpleNamespace(name=name)]

        return Plugin()

    assert {"one", "two"} <= set(load_plugins(extra=[offering("one"), offering("two")]).backends)
    with pytest.raises(PluginError, match="two plugins register the backend 'one'"):
        load_plugins(extra=[offering("one"), offering("one")])


def test_an_unknown_task_offers_near_names():
    plugins = load_plugins(extra=[registering(Echo())()])
    with pytest.raises(NotFound, match=r"no task named 'ehco'; did you mean echo\?"):
        plugins.task("ehco")
    with pytest.raises(InvalidInput, match="has no head of its own"):
        plugins.head_task("echo")


def test_an_observer_that_raises_is_logged_and_the_next_is_still_told(caplog):
    told = []

    class Listening:
        @hookimpl
        def evaluation_recorded(self, evaluation):
            told.append(evaluation)

    class Failing:
        @hookimpl
        def evaluation_recorded(self, evaluation):
            raise RuntimeError("no room in the diary")

    class Careless:
        @hookimpl
        def evaluation_recorded(self):
            told.append("something")

    plugins = load_plugins(extra=[Listening(), Failing(), Careless()])
    with caplog.at_level(logging.ERROR):
        plugins.notify("evaluation_recorded", evaluation="an evaluation")
    assert sorted(told) == ["an evaluation", "something"]
    assert "no room in the diary" in caplog.text


def test_hooks_are_marked_for_this_project_alone():
    """A plugin of another pluggy project that is imported by chance registers nothing here."""
    assert hookspec.project_name == hookimpl.project_name == "trunkline"
