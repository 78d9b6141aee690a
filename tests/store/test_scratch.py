"""A folder for work goes again, also that of a process that was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from trunkline.store.scratch import scratch

HOLDING = """
import sys, time
from pathlib import Path
from trunkline.store.scratch import scratch
with scratch(Path(sys.argv[1]), "import") as folder:
    (folder / "weights.bin").write_bytes(b"x")
    print(folder.name, flush=True)
    time.sleep(60)
"""


def names(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir()}


def test_it_goes_whatever_happens(tmp_path: Path) -> None:
    def interrupted() -> None:
        with scratch(tmp_path / "cache", "compile") as folder:
            (folder / "weights.bin").write_bytes(b"x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert names(tmp_path / "cache") == set()


def test_what_a_killed_process_left_goes_at_the_next_and_what_a_running_one_has_stays(tmp_path: Path) -> None:
    (tmp_path / "trunks").mkdir()
    command = [sys.executable, "-c", HOLDING, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        held = process.stdout.readline().strip()
        with scratch(tmp_path, "import") as first, scratch(tmp_path, "compile") as second:
            assert names(tmp_path) == {"trunks", held, first.name, second.name}
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert names(tmp_path) == {"trunks", held}
    with scratch(tmp_path, "compile") as folder:
        assert names(tmp_path) == {"trunks", folder.name}
