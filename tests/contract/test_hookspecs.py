import inspect

import pytest

from trunkline.contract import hookspecs

HOOKS = {name: hook for name, hook in vars(hookspecs).items() if hasattr(hook, "trunkline_spec")}


def test_the_hooks_are_those_of_the_design():
    assert set(HOOKS) == {
        "register_tasks",
        "register_backends",
        "read_examples",
        "register_routes",
        "register_commands",
        "version_registered",
        "evaluation_recorded",
    }


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_says_when_it_is_called_and_how_answers_combine(name):
    said = inspect.getdoc(HOOKS[name]) or ""
    assert said.startswith("Called ")
    assert any(word in said for word in ("joined", "wins", "Every plugin is called"))
