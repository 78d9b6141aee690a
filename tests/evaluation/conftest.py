"""A registered version with random weights, made without tuning: readability, the example plugin."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from trunkline.contract import Plugins, load_plugins
from trunkline.records import BranchSpec, Version, VersionDraft
from trunkline.settings import Settings
from trunkline.store.open import registry

SOURCE = Path(__file__).parents[2] / "examples" / "readability" / "src"


@dataclass(frozen=True)
class Known:
    """What the tests measure."""

    settings: Settings
    plugins: Plugins
    version: Version


@pytest.fixture(scope="session")
def readability() -> Iterator[Plugins]:
    """The example plugin alone, from its folder."""
    sys.path.insert(0, str(SOURCE))
    installed = [point.name for point in entry_points(group="trunkline")]
    yield load_plugins(block=installed, extra=[importlib.import_module("trunkline_readability.plugin")])
    sys.path.remove(str(SOURCE))


@pytest.fixture(scope="session")
def known(readability: Plugins, tiny_trunk: Path, tmp_path_factory: pytest.TempPathFactory) -> Known:
    import torch

    from trunkline.trunk.branch import BranchModule
    from trunkline.trunk.encoder import Encoder
    from trunkline.trunk.folder import import_trunk

    folder = tmp_path_factory.mktemp("evaluation")
    settings = Settings(home=folder / "home", threads=1)
    info = import_trunk(tiny_trunk, folder / "trunk", "tiny")
    config = {"mean": 6.0, "spread": 3.5}
    spec = BranchSpec(fork_layer=2, branch_layers=1)
    torch.manual_seed(1)
    head = readability.head_task("readability").build_head(config, info.width)
    BranchModule(Encoder.load(folder / "trunk"), spec, head).save(folder / "branch")
    draft = VersionDraft(
        task="readability", name="grades", trunk_id=info.id, tuning="layers", branch=spec, head_config=config
    )
    with registry(settings) as opened:
        opened.add_trunk(info, folder / "trunk")
        version = opened.register(draft, {"branch": folder / "branch"})
    return Known(settings, readability, version)


@pytest.fixture
def test_file() -> Path:
    return SOURCE.parent / "test.csv"
