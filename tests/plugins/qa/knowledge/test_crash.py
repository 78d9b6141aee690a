"""Kill -9 while documents are put: nothing by halves, nothing lost that was acknowledged, the index agrees.

`TRUNKLINE_TEST_KILLS` sets the number of kills (default 10; the full form has 100 and more).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

KILLS = int(os.environ.get("TRUNKLINE_TEST_KILLS", "10"))


def test_killed_at_random_times(tmp_path: Path) -> None:
    driver = Path(__file__).with_name("crash_driver.py")
    done = subprocess.run(
        [sys.executable, str(driver), str(tmp_path / "knowledge.db"), str(KILLS), "0"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["kills"] == KILLS
    assert seen["acknowledged"] >= KILLS
