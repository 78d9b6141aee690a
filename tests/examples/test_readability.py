"""The third-party plugin: built, installed into an environment of its own, and used without a change to the platform.

What "an environment of its own" means here: a new venv into which wheels of the platform and the plugin are installed.
The libraries below them (torch and so on, gigabytes) are not installed again but linked one by one from the
environment of the tests; nothing of this checkout is linked, so what runs is what the wheels hold.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "examples" / "readability"
GUIDE = (ROOT / "plugins" / "README.md").read_text("utf-8")
OURS = ("trunkline", "__editable__")  # what must come from the wheels alone

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Installed:
    """A venv with a registry of its own."""

    folder: Path

    def environment(self) -> dict[str, str]:
        """Everything that leads back to the checkout is left out."""
        kept = {
            key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "TRUNKLINE", "PYTEST"))
        }
        return {**kept, "TRUNKLINE_HOME": str(self.folder / "home"), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}

    def run(self, program: str, *arguments: str) -> str:
        """Run a program of the venv from the checkout's root, as documents do; returns its standard output."""
        command = [str(self.folder / "bin" / program), *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=self.environment(), cwd=ROOT, timeout=300
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """Run `trunkline ... --json` and return the object that it prints."""
        return json.loads(self.run("trunkline", *arguments, "--json"))


def documented(command: str) -> list[str]:
    """Give the arguments of `trunkline COMMAND` as the plugin author's guide shows it."""
    shown = re.search(rf"^trunkline ({command} .*)$", GUIDE, re.MULTILINE)
    assert shown, f"the guide shows no `trunkline {command}`"
    return shlex.split(shown.group(1))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("readability")
    wheels = [_wheel(source, folder) for source in (ROOT / "platform", PLUGIN)]
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    _link_libraries(folder / "libraries", venv)
    pip = [sys.executable, "-m", "pip", "--python", str(venv / "bin" / "python"), "install", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--quiet", *map(str, wheels)], check=True)
    return Installed(venv)


def _wheel(source: Path, folder: Path) -> Path:
    """Build a wheel from a copy, so that the checkout stays clean."""
    copy = folder / "sources" / source.name
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("*.egg-info", "build", "__pycache__"))
    wheels = folder / "wheels" / source.name
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", str(wheels), str(copy)], check=True)
    return next(wheels.glob("*.whl"))


def _link_libraries(links: Path, venv: Path) -> None:
    links.mkdir()
    for part in Path(sysconfig.get_path("purelib")).iterdir():
        if not part.name.startswith(OURS) and part.suffix != ".pth":
            (links / part.name).symlink_to(part)
    site = next((venv / "lib").glob("python*/site-packages"))
    (site / "libraries.pth").write_text(f"{links}\n")


@pytest.fixture(scope="module")
def tuned(installed: Installed, tiny_trunk: Path) -> dict[str, Any]:
    quick = ("--fork-layer", "2", "--epochs", "2", "--batch-size", "8", "--seed", "0")
    return installed.json(*documented("tune"), "--trunk", str(tiny_trunk), *quick)


@pytest.fixture(scope="module")
def predicted(installed: Installed, tuned: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the command line answers: the guide's own text and those of test.csv."""
    command = documented("predict")
    texts = [command[-1], *(text for text, _ in _rows(PLUGIN / "test.csv"))]
    results = installed.json(*command[:-1], *texts)["results"]
    return dict(zip(texts, results, strict=True))


@dataclass(frozen=True)
class Server:
    url: str

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return json.load(answer)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        data = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def server(installed: Installed, tuned: dict[str, Any]) -> Iterator[Server]:
    command = [str(installed.folder / "bin" / "trunkline"), *documented("serve"), "--port", "0", "--json"]
    with (
        (installed.folder / "server.log").open("w") as log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env=installed.environment(), cwd=installed.folder
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, (installed.folder / "server.log").read_text()
            yield Server(json.loads(line)["url"])
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0


def test_the_code_comes_from_the_wheels(installed: Installed):
    where = "import trunkline, trunkline_readability; print(trunkline.__file__, trunkline_readability.__file__)"
    for file in installed.run("python", "-c", where).split():
        assert Path(file).is_relative_to(installed.folder)


def test_the_plugin_is_listed(installed: Installed):
    listed = json.dumps(installed.json("plugins", "list"))
    assert "trunkline-readability" in listed
    assert "classification" not in listed


def test_tuning_registers_a_version_with_its_figures(tuned: dict[str, Any]):
    assert tuned["model"] == "readability/grades@1"
    assert (tuned["tuning"], tuned["fork_layer"], tuned["branch_layers"]) == ("layers", 2, 1)
    assert set(tuned["metrics"]) == {"mae", "rmse"}
    assert tuned["metrics"]["mae"]["low"] <= tuned["metrics"]["mae"]["value"] <= tuned["metrics"]["mae"]["high"]


def test_evaluation_agrees_with_its_own_predictions(installed: Installed, predicted: dict[str, dict[str, Any]]):
    """The error measured is the error of the answers that anybody gets."""
    measured = installed.json(*documented("evaluate"))
    errors = [abs(predicted[text]["grade"] - grade) for text, grade in _rows(PLUGIN / "test.csv")]
    assert measured["n"] == len(errors)
    assert measured["metrics"]["mae"]["value"] == pytest.approx(sum(errors) / len(errors), abs=1e-4)


def test_the_server_answers_what_the_command_line_answers(server: Server, predicted: dict[str, dict[str, Any]]):
    for text, by_hand in predicted.items():
        answer = server.post("/v1/readability", {"text": text, "model": "grades"})
        assert answer["model"] == by_hand["model"] == "readability/grades@1"
        assert answer["grade"] == pytest.approx(by_hand["grade"], abs=1e-4)


def test_analyze_has_an_arm_for_it(server: Server):
    text = "Plants use sunlight."
    alone = server.post("/v1/readability", {"text": text, "model": "grades"})
    together = server.post("/v1/analyze", {"text": text, "models": {"readability/grades": {}}})
    assert together["answers"]["readability/grades"]["grade"] == pytest.approx(alone["grade"], abs=1e-5)


def test_openapi_types_its_request_and_answer(server: Server):
    described = server.get("/openapi.json")
    assert "/v1/readability" in described["paths"]
    schemas = described["components"]["schemas"]
    assert schemas["ReadabilityResponse"]["properties"]["grade"]["type"] == "number"
    assert schemas["ReadabilityRequest"]["examples"]


def test_its_own_tests_pass_where_it_is_installed(installed: Installed):
    copy = shutil.copytree(PLUGIN / "tests", installed.folder / "tests", dirs_exist_ok=True)
    said = installed.run(
        "python", "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(copy), str(copy)
    )
    assert " passed" in said


def test_its_readme_shows_the_commands_of_the_guide():
    shown = re.findall(r"^    (\S.*)$", (PLUGIN / "README.md").read_text("utf-8"), re.MULTILINE)
    assert "\n".join(shown) in GUIDE


def test_it_is_about_eighty_lines_in_two_files_and_one_of_entry_point():
    lines = [
        line
        for name in ("plugin.py", "head.py")
        for line in (PLUGIN / "src" / "trunkline_readability" / name).read_text().splitlines()
        if line.strip()
    ]
    assert len(lines) <= 90
    entry_points = (PLUGIN / "pyproject.toml").read_text().partition("[project.entry-points.trunkline]\n")[2]
    assert entry_points.partition("\n\n")[0] == 'readability = "trunkline_readability.plugin"'


def _rows(path: Path) -> list[tuple[str, float]]:
    with path.open(newline="") as file:
        return [(row["text"], float(row["grade"])) for row in csv.DictReader(file)]
