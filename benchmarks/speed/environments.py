"""An environment of its own for each peer, made once of `peers/<name>.txt` with the project's own torch."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.speed.places import ENVIRONMENTS, PEERS, ROOT


class NotInstallable(RuntimeError):
    """A peer's packages could not be installed here."""


def python_of(peer: str) -> str:
    """Give the interpreter of a peer's environment, made now where it is missing or its requirements changed.

    Raises `NotInstallable`.
    """
    folder = ENVIRONMENTS / peer
    requirements = PEERS / f"{peer}.txt"
    facts = hashlib.sha256(requirements.read_bytes() + _torch().encode()).hexdigest()
    stamp = folder / "made-of"
    if not stamp.is_file() or stamp.read_text() != facts:
        _make(folder, requirements)
        stamp.write_text(facts)
    return str(folder / "bin" / "python")


def pinned(peer: str) -> dict[str, str]:
    """Give the versions that a peer's environment was asked for: of servers, which nobody can ask."""
    lines = (PEERS / f"{peer}.txt").read_text("utf-8").split()
    exact = [_torch().strip() if line == "torch" else line for line in lines]
    return dict(line.split("==") for line in exact)


def _make(folder: Path, requirements: Path) -> None:
    print(f"installing {requirements.stem} into {folder}", file=sys.stderr, flush=True)
    venv.create(folder, clear=True, with_pip=True)
    constraints = ENVIRONMENTS / "torch.txt"
    constraints.write_text(_torch())
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "-r", str(requirements), "-c", str(constraints)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reasons = [line for line in done.stderr.splitlines() if line.strip()]
        raise NotInstallable(f"{requirements.stem}: pip says: {' '.join(reasons[-2:])}")


def _torch() -> str:
    """Give the line that pins torch: every peer computes with the one that the project does."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return next(line for line in lines if line.startswith("torch==")) + "\n"
