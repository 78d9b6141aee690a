"""Row: four versions asked in one `/v1/analyze` against one call per model, over HTTP, in turn."""

from __future__ import annotations

import statistics
import time
from typing import Any

import httpx
from fastapi.testclient import TestClient

import trunkline
from benchmarks.quality.corpora import CORPORA
from benchmarks.quality.ours import SETTINGS
from benchmarks.quality.store import measured
from benchmarks.quality.versions_row import layers
from trunkline.api.app import create_app
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine

TEXTS = 300
ROUNDS = 5


def analyze() -> dict[str, Any]:
    """Give the ratio of the medians, and the stem passes of both ways."""
    return measured("analyze/four-versions", compare)


def compare() -> dict[str, Any]:
    models = [layers(corpus)[0]["model"] for corpus in CORPORA.values()]
    texts = [row["text"] for row in CORPORA["snips-intents"].rows()[2][:TEXTS]]
    plugins, registry = trunkline.load_plugins(), trunkline.registry(SETTINGS)
    with Engine(RegistryCatalog(registry), plugins, SETTINGS) as engine:
        client = TestClient(create_app(engine, plugins, registry, SETTINGS))
        together(client, texts[:10], models)  # loads everything
        one_by_one(client, texts[:10], models)
        passes = [engine.stats().stem_passes]
        rounds = []
        for _ in range(ROUNDS):
            in_one = together(client, texts, models)
            passes.append(engine.stats().stem_passes)
            rounds.append((in_one, one_by_one(client, texts, models)))
            passes.append(engine.stats().stem_passes)
    return {
        "texts": len(texts),
        "models": models,
        "seconds_in_one": [first for first, _ in rounds],
        "seconds_apart": [second for _, second in rounds],
        "ratio": statistics.median(b for _, b in rounds) / statistics.median(a for a, _ in rounds),
        "stem_passes_in_one": passes[1] - passes[0],
        "stem_passes_apart": passes[2] - passes[1],
    }


def together(client: httpx.Client, texts: list[str], models: list[str]) -> float:
    """Ask all models about each text in one call; returns seconds."""
    started = time.perf_counter()
    for text in texts:
        client.post("/v1/analyze", json={"text": text, "models": models}).raise_for_status()
    return time.perf_counter() - started


def one_by_one(client: httpx.Client, texts: list[str], models: list[str]) -> float:
    """Ask each model about each text in a call of its own; returns seconds."""
    started = time.perf_counter()
    for text in texts:
        for model in models:
            client.post(f"/v1/{model.split('/')[0]}", json={"text": text, "model": model}).raise_for_status()
    return time.perf_counter() - started
