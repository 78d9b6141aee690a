"""What tests share: tiny trunks, a home of their own, the real corpora where they are."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
sys.path.insert(0, str(Path(__file__).parent))  # tests import `tiny` and other makers beside this file


@pytest.fixture(scope="session")
def tiny_trunk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny random BERT: 3 layers, width 32, windows of 64 tokens."""
    from tiny import bert_folder

    return bert_folder(tmp_path_factory.mktemp("trunks") / "tiny-bert")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A TRUNKLINE_HOME of the test's own."""
    folder = tmp_path / "home"
    monkeypatch.setenv("TRUNKLINE_HOME", str(folder))
    return folder


@pytest.fixture
def corpora() -> Path:
    """The folder of real labelled data; skips where it is absent."""
    root = Path(__file__).parent.parent
    folder = Path(os.environ.get("TRUNKLINE_CORPORA", root / "corpora"))
    if not (folder / "SHA256SUMS").is_file():
        pytest.skip("no corpora: set TRUNKLINE_CORPORA to the folder that holds them")
    return folder
