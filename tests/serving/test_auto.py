"""Which engine a server takes by itself: the fastest here on which all that it answers at once was measured."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from serving_world import World, assert_close

from trunkline import EncoderInput, Settings
from trunkline.backends.timing import Timing, facts_of, label, memory
from trunkline.errors import NotMeasured
from trunkline.serving.engine import Engine

ORT = ("onnxruntime", "fp32")
WITHOUT = ("torch fp32", "openvino fp32", "onnxruntime fp32")
INPUT = [EncoderInput("cancel my order")]


@pytest.fixture
def measured(mixed: World) -> dict[str, set[tuple[str, str]]]:
    """By name, on what the versions of the world were measured: all of them on ONNX Runtime, some on OpenVINO."""
    on = {name: {ORT} for name in ("intents", "entities", "mood", "mixed")}
    on["mood"] |= {("openvino", "fp32")}
    mixed.measured = lambda version: on.get(version.name, set())  # type: ignore[attr-defined]
    return on


def server(world: World, **milliseconds: float) -> Engine:
    """A server that chooses by itself where these measurements are remembered: engine_precision=milliseconds."""
    settings = Settings(home=world.workplace / "home", threads=1, backend="auto", precision="fp32")
    taken: Any = {name.replace("_", " "): {"1x16": one} for name, one in milliseconds.items()}
    for trunk in world.trunks():
        memory(settings).put(Timing(facts=facts_of(trunk, settings), milliseconds=taken, without=WITHOUT))
    return Engine(world, world.plugins, settings, follow=False, measured_only=True)


def test_the_fastest_on_which_all_in_production_were_measured(mixed: World, measured: Any) -> None:
    with server(mixed, torch_fp32=9, openvino_fp32=1, onnxruntime_fp32=3) as engine:
        engine.preload()
        assert label(engine.backend) == "onnxruntime fp32"
        assert len(engine.loaded) == 4
        found = engine.predict_many("label", "mood", INPUT).predictions[0]
    with mixed.engine() as torch_engine:
        assert_close(found, torch_engine.predict_many("label", "mood", INPUT).predictions[0])


def test_torch_with_a_line_in_the_log_where_one_of_them_was_not(
    mixed: World, measured: Any, caplog: pytest.LogCaptureFixture
) -> None:
    measured["intents"].clear()
    with caplog.at_level(logging.INFO), server(mixed, torch_fp32=9, openvino_fp32=1, onnxruntime_fp32=3) as engine:
        engine.preload()
        assert label(engine.backend) == "torch fp32"
        assert len(engine.loaded) == 4
    assert "auto takes torch fp32" in caplog.text


def test_a_version_beside_production_does_not_change_the_choice_and_is_refused(mixed: World, measured: Any) -> None:
    mixed.add("label", "beside")
    with server(mixed, torch_fp32=9, onnxruntime_fp32=3) as engine:
        assert label(engine.backend) == "onnxruntime fp32"
        with pytest.raises(NotMeasured, match="trunkline compile label/beside@1 --backend onnxruntime"):
            engine.predict_many("label", "beside", INPUT)
