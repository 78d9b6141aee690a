"""A new process that loads several trunks at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tiny import bert_folder
from trunkline import Settings, load_plugins
from trunkline.store.registry import Registry
from versions import add_trunk, register_random

PRELOADING = """
import trunkline
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine

settings = trunkline.Settings()
registry = trunkline.registry(settings)
with Engine(RegistryCatalog(registry), trunkline.load_plugins(), settings) as engine:
    engine.preload()
    print(len(engine.loaded))
"""


@pytest.fixture
def three_trunks(home: Path, tmp_path: Path) -> None:
    """A home with a production version on each of three trunks of their own."""
    plugins = load_plugins()
    with Registry.open(Settings(home=home)) as registry:
        for seed, (task, name) in enumerate((("ner", "people"), ("ner", "places"), ("classification", "intents"))):
            trunk = add_trunk(registry, bert_folder(tmp_path / name, seed=seed), name)
            version = register_random(registry, plugins, trunk, task, name, 2)
            registry.set_alias(version.reference, "production")


def test_trunks_load_side_by_side_in_a_cold_process(three_trunks: None) -> None:
    """The weights' library resolves its parts on first use, which two threads must never do at once."""
    done = subprocess.run([sys.executable, "-c", PRELOADING], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "3"), done.stderr[-2000:]
