"""The house keeps its own rules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_platform_hides_no_standard_module() -> None:
    """No package called `platform` may come to be: its folder holds no `__init__.py`, no conftest, no tests."""
    import platform

    assert Path(platform.__file__).parent != ROOT / "platform"
    found = [
        path
        for pattern in ("__init__.py", "conftest.py", "test_*.py")
        for path in (ROOT / "platform").rglob(pattern)
        if "src" not in path.relative_to(ROOT).parts
    ]
    assert not found


@pytest.mark.parametrize(
    "module",
    [
        "trunkline",
        "trunkline.cli.main",
        "trunkline.api.app",
        "trunkline.serving.engine",
        "trunkline.store.registry",
        "trunkline.data.read",
        "trunkline.evaluation.evaluate",
        "trunkline_classification.plugin",
        "trunkline_ner.plugin",
        "trunkline_qa.plugin",
        "trunkline_translation.plugin",
    ],
)
def test_importing_brings_no_torch(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'torch', 'transformers', 'datasets', 'sklearn'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_source_file_stays_one_concept() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for folder in ("platform", "plugins", "benchmarks", "examples")
        for path in (ROOT / folder).rglob("*.py")
        if not path.is_relative_to(ROOT / "benchmarks" / "work")  # peers' environments, once they were made
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > 300
    ]
    assert not long


def test_no_file_names_this_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    places = (f"{ROOT}/", f"{Path.home()}/")
    named = []
    for name in listed:
        text = (ROOT / name).read_bytes()
        named += [f"{name}: {place}" for place in places if place.encode() in text]
    assert not named
