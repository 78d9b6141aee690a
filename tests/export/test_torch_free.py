"""A server of compiled versions starts, answers and stays without torch and transformers, on the registry alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import trunkline
from trunkline import Settings
from trunkline.export.compile import compile_version

PROGRAM = """
import json, sys
from fastapi.testclient import TestClient
import trunkline
from trunkline import Settings, load_plugins
from trunkline.api.app import create_app
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine

settings, plugins = Settings(), load_plugins()
with trunkline.registry(settings) as registry:
    with Engine(RegistryCatalog(registry), plugins, settings, follow=False, measured_only=True) as engine:
        engine.preload()
        client = TestClient(create_app(engine, plugins, registry, settings))
        asked = {"text": "where is my order", "models": ["classification/intents", "ner/places"]}
        answers = client.post("/v1/analyze", json=asked).json()["answers"]
        states = client.post("/v1/hidden-states", json={"text": "where", "layer": 2, "pooling": "mean"}).status_code
unwanted = {"torch", "transformers", "datasets", "sklearn", "nncf", "onnx"}
heavy = sorted({name.partition(".")[0] for name in sys.modules} & unwanted)
print(json.dumps({"heavy": heavy, "answers": answers, "states": states, "ready": engine.backend.name}))
"""
TEXTS = [{"text": f"ada is in london {n}", "entities": [{"start": 10, "end": 16, "label": "place"}]} for n in range(80)]
INTENTS = [
    {"text": f"{words} {n}", "label": words.split()[0]} for n in range(40) for words in ("where is it", "stop it")
]


ENGINES = [("openvino", "fp32"), ("openvino", "int8"), ("onnxruntime", "fp32")]


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "precision"), ENGINES)
def test_neither_torch_nor_transformers_is_imported(tiny_trunk: Path, home: Path, backend: str, precision: str) -> None:
    settings = Settings(home=home, threads=1)
    for task, name, rows in (("classification", "intents", INTENTS), ("ner", "places", TEXTS)):
        how = {"trunk": tiny_trunk, "fork_layer": 1, "epochs": 2, "dev": 0.5, "precision": "fp32"}
        version = trunkline.tune(task, name=name, data=rows, settings=settings, **how).version
        compile_version(version.reference, backend=backend, precision=precision, settings=settings, max_drop=0.2)
        with trunkline.registry(settings) as registry:
            registry.set_alias(version.reference, "production")
    shutil.rmtree(settings.cache)
    environment = {
        **os.environ, "TRUNKLINE_HOME": str(home), "TRUNKLINE_BACKEND": backend, "TRUNKLINE_PRECISION": precision,
        "TRUNKLINE_THREADS": "1",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["heavy"] == []
    assert told["states"] == 200
    assert set(told["answers"]) == {"classification/intents", "ner/places"}
    same = settings.model_copy(update={"backend": backend, "precision": precision})
    with trunkline.load("classification/intents", same) as model:  # where torch was imported
        expected = model.predict("where is my order")
    assert told["answers"]["classification/intents"]["label"] == expected.label
    assert abs(told["answers"]["classification/intents"]["score"] - expected.score) < 1e-5
