"""The doctor sees what is broken and says what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trunkline import Settings
from trunkline.store.registry import Registry


def test_a_healthy_installation(trunkline: Any, models: Path) -> None:
    report = trunkline("doctor", "--json").json
    assert report["healthy"]
    names = {check["name"] for check in report["checks"]}
    assert {"environment", "cpu", "extra torch", "home", "registry", "plugin ner", "trunks"} <= names


def test_a_damaged_blob_is_found(trunkline: Any, models: Path) -> None:
    with Registry.open(Settings(home=models)) as registry:
        blob = registry.artifact(registry.resolve("tickets"), "branch")
    blob.chmod(0o644)
    data = bytearray(blob.read_bytes())
    data[-1] ^= 1
    blob.write_bytes(data)
    done = trunkline("doctor")
    assert done.code == 1
    assert "BROKEN" in done.out


def test_a_home_that_cannot_be(trunkline: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRUNKLINE_HOME", str(tmp_path / "file"))
    done = trunkline("doctor")
    assert done.code == 1
    assert "BROKEN  home" in done.out


def test_plugins_are_listed(trunkline: Any) -> None:
    listed = trunkline("plugins", "list", "--json").json["plugins"]
    assert {"classification", "ner"} <= {plugin["name"] for plugin in listed}
