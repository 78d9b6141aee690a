import getpass
import json
import platform
from importlib.metadata import version
from pathlib import Path

from trunkline.evaluation.environment import environment
from trunkline.machine import cores


def test_it_says_what_was_measured_on():
    found = environment(threads=3)
    assert found["cpu"]
    assert found["threads"] == 3
    assert environment()["threads"] == found["cores"] == cores() >= 1
    assert found["packages"]["numpy"] == version("numpy")
    assert found["python"] == platform.python_version()


def test_it_names_no_host_no_user_and_no_path():
    told = json.dumps(environment())
    for secret in (platform.node(), str(Path.home()), getpass.getuser()):
        assert not secret or secret not in told
