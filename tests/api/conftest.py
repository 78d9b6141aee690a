"""A registry with two tasks on one tiny trunk, and the application over it; made once for all API tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from trunkline import Settings, load_plugins
from trunkline.api.app import create_app
from trunkline.contract import Plugins
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry
from versions import home_with_models


@pytest.fixture(scope="session")
def plugins() -> Plugins:
    return load_plugins()


@pytest.fixture(scope="session")
def served_home(tmp_path_factory: pytest.TempPathFactory, tiny_trunk: Path, plugins: Plugins) -> Path:
    """A TRUNKLINE_HOME with classification/intents and ner/tickets in production, forks 2 and 1."""
    return home_with_models(tmp_path_factory.mktemp("served") / "home", tiny_trunk, plugins)


@pytest.fixture(scope="session")
def settings(served_home: Path) -> Settings:
    return Settings(home=served_home, threads=1, body_bytes=200_000)


@pytest.fixture(scope="session")
def registry(settings: Settings) -> Iterator[Registry]:
    with Registry.open(settings) as registry:
        yield registry


@pytest.fixture(scope="session")
def engine(registry: Registry, plugins: Plugins, settings: Settings) -> Iterator[Engine]:
    with Engine(RegistryCatalog(registry), plugins, settings) as engine:
        engine.preload()
        yield engine


@pytest.fixture(scope="session")
def client(engine: Engine, plugins: Plugins, registry: Registry, settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(engine, plugins, registry, settings)) as client:
        yield client
