from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import trunkline
from trunkline.settings import Settings
from trunkline.store.open import registry


def test_the_environment_says_where_the_registry_is(home: Path) -> None:
    with trunkline.registry() as opened:
        assert opened.models() == []
    assert (home / "registry.db").is_file()
    assert (home / "blobs").is_dir()


def test_settings_may_be_given(tmp_path: Path) -> None:
    with registry(Settings(home=tmp_path / "given")) as opened:
        assert opened.revision() == 0
    assert (tmp_path / "given" / "registry.db").is_file()


def test_the_registry_needs_neither_torch_nor_transformers() -> None:
    code = "import sys, trunkline.store.open; sys.exit(bool({'torch', 'transformers', 'alembic'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
