"""Kept states go on from on another engine, too, and in batches of any size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from serving_world import assert_close, random_texts

from trunkline import EncoderInput
from trunkline.archive import replay
from trunkline.archive.manifest import manifest_of
from trunkline.archive.replay import Replay
from trunkline.archive.shard import read_shard


def predictions(world: Any, folder: Path, task: str, model: str, **engine: Any) -> list[Any]:
    with world.engine(**engine) as running:
        manifest = manifest_of(folder)
        replayed = Replay(running.reading(model, task), manifest, running.backend)
        return [one for shard in manifest.shards for one in replayed.predictions(read_shard(folder, shard))]


@pytest.mark.parametrize("batch_tokens", [1, 100, 100_000])
def test_the_size_of_batches_does_not_count(
    build: Callable[..., Any], world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch_tokens: int
) -> None:
    build(dtype="fp32")
    monkeypatch.setattr(replay, "BATCH_TOKENS", batch_tokens)
    found = predictions(world, tmp_path / "states", "tag", "entities")
    with world.engine() as engine:
        alone = engine.predict_many("tag", "entities", [EncoderInput(text) for text in random_texts(90)]).predictions
    for ours, theirs in zip(found, alone, strict=True):
        assert_close(ours, theirs)


@pytest.mark.slow
@pytest.mark.parametrize(("task", "model"), [("tag", "entities"), ("label", "intents")])
def test_openvino_goes_on_as_torch_answers(
    build: Callable[..., Any], world: Any, tmp_path: Path, task: str, model: str
) -> None:
    pytest.importorskip("openvino")
    from trunkline.backends.openvino_backend import OpenVinoBackend

    backend = OpenVinoBackend(tmp_path / "cache", "fp32", threads=1)
    manifest = build(dtype="fp32", engine=world.engine(backend=backend)).manifest
    assert (manifest.backend, manifest.precision) == ("openvino", "fp32")
    found = predictions(world, tmp_path / "states", task, model, backend=backend)
    with world.engine() as engine:
        alone = engine.predict_many(task, model, [EncoderInput(text) for text in random_texts(90)]).predictions
    for ours, theirs in zip(found, alone, strict=True):
        np.testing.assert_allclose(np.array(ours["scores"]), np.array(theirs["scores"]), atol=1e-4, rtol=0)
