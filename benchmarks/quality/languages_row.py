"""Row: where `--fork-layer auto` leaves the trunk for a simple task: which language a Tatoeba sentence is in.

The speed benchmark takes the place from here, as it takes those of the corpora.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.quality.corpora import ROOT, Row, held_out
from benchmarks.quality.ours import HOME
from benchmarks.quality.store import measured
from benchmarks.quality.trunk import packaged_trunk

DEV = 800
EPOCHS = 1  # of the four that are the default: after the first, dev accuracy is 0.99 or more at every place
PLACE = HOME / "languages"
PROGRAM = "from trunkline.cli.main import main; main()"


def languages() -> dict[str, Any]:
    """Let the command choose a place, once, in a home of its own."""
    return measured("auto/languages/seed-0", _chosen)


def rows() -> tuple[list[Row], list[Row]]:
    """Give train and dev: each distinct sentence of German, English, Portuguese and Chinese, its language the label.

    Sentences that stand in two languages are left out.
    """
    found: dict[str, set[str]] = {}
    for file in sorted((ROOT / "tatoeba").iterdir()):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip():
                found.setdefault(line.strip(), set()).add(file.suffix[1:])
    return held_out([{"text": text, "label": min(named)} for text, named in found.items() if len(named) == 1], DEV)


def _chosen() -> dict[str, Any]:
    """Tune in a home that stays, so that a run which was stopped goes on where it was."""
    train, dev = rows()
    files = {"data": _written("train", train), "dev": _written("dev", dev)}
    words = ["tune", "classification", "--name", "languages", "--trunk", packaged_trunk(), "--fork-layer", "auto"]
    words += ["--epochs", str(EPOCHS)]
    words += [word for name, file in files.items() for word in (f"--{name}", str(file))]
    environment = {**os.environ, "TRUNKLINE_HOME": str(PLACE / "home")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words, "--json"], env=environment, stdout=subprocess.PIPE, check=True
    )
    found = json.loads(done.stdout)
    kept = {name: found[name] for name in ("fork_layer", "branch_layers", "seconds")}
    points = [{name: point[name] for name in ("fork_layer", "branch_layers", "metric")}
              for point in found["curve"]["points"]]  # fmt: skip
    facts: dict[str, Any] = {"train": len(train), "epochs": EPOCHS, "tried": len(points), "points": points}
    facts["best_tried"] = max(point["metric"] for point in points)
    return {**kept, **facts, "dev": found["metrics"]["accuracy"]["value"]}


def _written(name: str, wanted: list[Row]) -> Path:
    PLACE.mkdir(parents=True, exist_ok=True)
    file = PLACE / f"{name}.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in wanted), encoding="utf-8")
    return file
