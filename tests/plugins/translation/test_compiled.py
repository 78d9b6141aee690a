"""A translator compiled for OpenVINO: the same sentences as torch's, from a process that has no torch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from translators import marian_folder
from trunkline import Settings
from trunkline.errors import InvalidInput, NotMeasured
from trunkline.export.compile import compile_version
from trunkline.store.registry import Registry
from trunkline.tuning.importing import import_model

TEXTS = ["where is my order", "ada met charles", "please cancel it today", "my card is lost"]
WITHOUT = """
import sys
sys.modules |= dict.fromkeys(("torch", "transformers", "nncf"))
"""
PROGRAM = """
import asyncio, json, sys
from trunkline import Settings, load_plugins
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry

settings, plugins = Settings(), load_plugins()
task = plugins.tasks["translation"]
with Registry.open(settings) as registry, Engine(RegistryCatalog(registry), plugins, settings, follow=False) as engine:
    wish = {"model": "tiny", "target_lang": "deu", "max_length": 12, "beams": 2}
    asked = [task.request_model(text=text, **wish) for text in json.loads(sys.argv[1])]
    print(json.dumps([asyncio.run(task.run(one, engine)).translation for one in asked]))
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("home"), threads=1, deadline_seconds=120)
    folder = tmp_path_factory.mktemp("whole")
    marian_folder(folder)
    import_model("translation/tiny", folder, settings)
    return settings


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "dev.jsonl"
    sources = [f"{text} {number}" for number in range(10) for text in TEXTS]
    lines = [json.dumps({"source": one, "target": "der die das", "target_lang": "deu"}) for one in sources]
    path.write_text("\n".join(lines))
    return path


def answers(settings: Settings, program: str, backend: str, precision: str) -> list[str]:
    """Translate in a process of its own."""
    told = {"TRUNKLINE_HOME": str(settings.home), "TRUNKLINE_BACKEND": backend, "TRUNKLINE_PRECISION": precision}
    command = [sys.executable, "-c", program, json.dumps(TEXTS)]
    done = subprocess.run(command, env={**os.environ, **told}, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_a_compiled_decoder_needs_no_torch_and_writes_the_same(settings: Settings, rows: Path) -> None:
    done = compile_version("translation/tiny", precision="fp32", data=rows, settings=settings, max_drop=0.0)
    assert done.comparison.same_answers == 1.0
    with Registry.open(settings) as registry:
        roles = set(registry.resolve("translation/tiny").artifacts)
    assert {f"openvino/float-decoder/{part}.{kind}" for part in ("start", "step") for kind in ("xml", "bin")} <= roles
    shutil.rmtree(settings.cache)
    with_torch = answers(settings, PROGRAM, "torch", "fp32")
    assert answers(settings, WITHOUT + PROGRAM, "openvino", "fp32") == with_torch


@pytest.mark.slow
def test_int8_is_measured_before_it_is_served(settings: Settings, rows: Path) -> None:
    from trunkline.backends.openvino_quantization import Quantization

    plain = Quantization(None)
    with Registry.open(settings) as registry:
        version = registry.resolve("translation/tiny")
    with pytest.raises(NotMeasured, match="first trunkline compile"):
        plain.decoder(version, rows, None, 1)  # type: ignore[arg-type]
    done = compile_version(
        "translation/tiny", precision="int8", data=rows, calibration=rows, settings=settings, max_drop=100.0
    )
    assert done.evaluation.precision == "int8"
    assert len(answers(settings, WITHOUT + PROGRAM, "openvino", "int8")) == len(TEXTS)


def test_what_may_be_lost_is_said_in_points_of_bleu(settings: Settings, rows: Path) -> None:
    with pytest.raises(InvalidInput, match=r"max_drop 101: give 0 to 100, such as 0\.5"):
        compile_version("translation/tiny", precision="fp32", data=rows, settings=settings, max_drop=101)
