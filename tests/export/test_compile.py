"""A version on a faster engine: measured beside torch, recorded or refused, and only then served there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import trunkline
from trunkline import InvalidInput, Settings
from trunkline.backends.openvino_branch import OpenVinoBranch
from trunkline.contract import load_plugins
from trunkline.errors import NotMeasured, QualityLost
from trunkline.export.compile import compile_version
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.trunk.inputs import EncoderInput

ROWS = [{"text": f"where is my order {n}", "label": "order"} for n in range(20)] + [
    {"text": f"please cancel it {n}", "label": "cancel"} for n in range(20)
]


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home, threads=1)


@pytest.fixture
def tuned(tiny_trunk: Path, settings: Settings) -> Callable[..., Any]:
    def tune(**changes: Any) -> Any:
        wish = {"data": ROWS, "dev": 0.5, "trunk": tiny_trunk, "epochs": 3, "fork_layer": 1, "precision": "fp32"}
        return trunkline.tune("classification", name="intents", settings=settings, **(wish | changes)).version

    return tune


def asked(settings: Settings, **changes: Any) -> Any:
    """What a server would do with a request."""
    there = settings.model_copy(update=changes)
    with (
        trunkline.registry(there) as registry,
        Engine(RegistryCatalog(registry), load_plugins(), there, follow=False, measured_only=True) as engine,
    ):
        return engine.predict_many("classification", "intents", [EncoderInput("where is my order")]).predictions[0]


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_a_compiled_version_says_the_same_and_may_be_served(
    tuned: Callable[..., Any], settings: Settings, backend: str
) -> None:
    version = tuned()
    fast = {"backend": backend, "precision": "fp32"}
    with pytest.raises(
        NotMeasured, match=f"trunkline compile classification/intents@1 --backend {backend} --precision fp32"
    ):
        asked(settings, **fast)
    done = compile_version("intents", backend=backend, precision="fp32", settings=settings)
    assert done.comparison.same_answers == 1.0
    assert done.comparison.states < 1e-5
    assert done.comparison.score_distance < 1e-5
    assert (done.drop, done.evaluation.n) == (0.0, 20)
    with trunkline.registry(settings) as registry:
        newest = registry.evaluations(version.reference)[0]
    assert (newest.backend, newest.precision) == (backend, "fp32")
    assert newest.report["against_torch_fp32"] == done.comparison.model_dump()
    exact, found = asked(settings), asked(settings, **fast)
    for (label, ours), (expected, theirs) in zip(found.scores, exact.scores, strict=True):
        assert label == expected
        assert abs(ours - theirs) < 1e-5


def test_what_loses_too_much_is_refused_and_leaves_nothing(
    tuned: Callable[..., Any], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = tuned(epochs=20, head_learning_rate=0.1)
    run = OpenVinoBranch.run
    monkeypatch.setattr(
        OpenVinoBranch, "run", lambda self, states: {name: -array for name, array in run(self, states).items()}
    )
    with pytest.raises(QualityLost, match=r"classification/intents@1 on openvino fp32: .* nothing was recorded"):
        compile_version("intents", precision="fp32", settings=settings)
    with trunkline.registry(settings) as registry:
        assert {one.backend for one in registry.evaluations(version.reference)} == {"torch"}
    with pytest.raises(NotMeasured):
        asked(settings, backend="openvino", precision="fp32")


def test_without_kept_data_a_file_is_asked_for(tuned: Callable[..., Any], settings: Settings, tmp_path: Path) -> None:
    tuned(keep_data=False)
    with pytest.raises(InvalidInput, match="give --data FILE"):
        compile_version("intents", precision="fp32", settings=settings)
    data = tmp_path / "dev.jsonl"
    data.write_text("\n".join(map(json.dumps, ROWS)))
    assert compile_version("intents", precision="fp32", settings=settings, data=str(data)).evaluation.n == 40
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        compile_version("intents", max_drop=2, settings=settings)
