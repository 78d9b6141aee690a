"""The plugin author's guide says what is: every hook, every method, the example's own code, snippets that run."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from trunkline.contract import DecoderTask, HeadTask, Task, hookspecs, load_plugins

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "plugins" / "README.md").read_text("utf-8")
EXAMPLE = ROOT / "examples" / "readability" / "src"
HOOKS = {name: hook for name, hook in vars(hookspecs).items() if hasattr(hook, "trunkline_spec")}
ROW = re.compile(r"^\| `(\w+)(?:\(([^)]*)\))?` \|", re.MULTILINE)


def section(title: str) -> str:
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL).group(1)


def snippets(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def arguments(function: Any) -> str:
    return ", ".join(name for name in inspect.signature(function).parameters if name != "self")


def test_every_hook_stands_there_with_its_arguments():
    assert dict(ROW.findall(section("Every hook"))) == {name: arguments(hook) for name, hook in HOOKS.items()}


def test_every_method_and_attribute_of_a_head_task_stands_there():
    listed = dict(ROW.findall(section("What a head task says")))
    declared = {**Task.__annotations__, **HeadTask.__annotations__}
    methods = {
        name: arguments(member)
        for owner in (Task, HeadTask)
        for name, member in vars(owner).items()
        if inspect.isfunction(member) and not name.startswith("_")
    }
    assert listed == {**dict.fromkeys(declared, ""), **methods}


def test_every_method_of_a_head_that_writes_stands_there():
    own = {
        name: arguments(member)
        for name, member in vars(DecoderTask).items()
        if inspect.isfunction(member) and not name.startswith("_") and not hasattr(HeadTask, name)
    }
    assert dict(ROW.findall(section("A head that writes"))) == own


def test_what_must_be_there_is_what_is_abstract():
    part = section("What a head task says").partition("These methods must be there:")[2]
    required = part.partition("These have a default")[0]
    assert {name for name, _ in ROW.findall(required)} == HeadTask.__abstractmethods__


@pytest.mark.parametrize("name", ["plugin.py", "head.py"])
def test_the_example_is_shown_as_it_is(name):
    assert (EXAMPLE / "trunkline_readability" / name).read_text("utf-8") in snippets("python")


def test_the_entry_point_is_shown_as_it_is():
    assert snippets("toml")[0] in (EXAMPLE.parent / "pyproject.toml").read_text("utf-8")


def test_snippets_run(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(EXAMPLE)
    space: dict[str, Any] = {"__name__": "guide"}
    monkeypatch.setitem(sys.modules, "guide", type(sys)("guide"))
    sys.modules["guide"].__dict__.update(space)
    for number, snippet in enumerate(snippets("python")):
        exec(
            compile(snippet, f"plugins/README.md, snippet {number + 1}", "exec", dont_inherit=True),
            vars(sys.modules["guide"]),
        )
    shown = vars(sys.modules["guide"])
    _check_reader(shown, tmp_path)
    suite = shown["TestReadability"]()
    suite.test_perfect_answers_score_perfectly()
    assert shown["Hardest"]().describe()["path"] == "/v1/hardest"


def _check_reader(shown: dict[str, Any], folder: Path) -> None:
    """The reader of the guide is a plugin like another: its rows become examples, its places are told."""
    from trunkline.data.read import read_examples
    from trunkline.errors import DataError

    class Reader:
        read_examples = staticmethod(shown["read_examples"])

    installed = [status.name for status in load_plugins().status]
    plugins = load_plugins(block=installed, extra=[Reader()])
    (folder / "a.graded").write_text("1 A cat.\n12 Epistemology.\n")
    examples = read_examples(shown["Readability"](), folder / "a.graded", plugins)
    assert [(item.grade, item.text) for item in examples.items] == [(1, "A cat."), (12, "Epistemology.")]
    (folder / "b.graded").write_text("1 A cat.\nhard Epistemology.\n")
    with pytest.raises(DataError, match=r"b.graded:2: grade: Input should be a valid number"):
        read_examples(shown["Readability"](), folder / "b.graded", plugins)
