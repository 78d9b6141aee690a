"""States by openvino are torch's states, and nothing else of a run depends on who computed them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import trunkline
from trunkline.backends import select
from trunkline.errors import EnvironmentFault, InvalidInput, MissingExtra
from trunkline.records import TrunkInfo
from trunkline.settings import Settings
from trunkline.trunk.batch import TokenBatch
from trunkline.trunk.encoder import Encoder
from trunkline.trunk.folder import import_trunk
from trunkline.trunk.source import find
from trunkline.tuning.checkpoint import generators
from trunkline.tuning.config import TuneConfig
from trunkline.tuning.engine_choice import WORTH_LOADING, choose
from trunkline.tuning.engines import OpenVinoEngine, StateEngine, TorchEngine


@pytest.fixture
def trunk(tiny_trunk: Path, settings: Settings, tmp_path: Path) -> tuple[TrunkInfo, Path]:
    return import_trunk(find(str(tiny_trunk), settings), tmp_path / "trunk", "tiny"), tmp_path / "trunk"


@pytest.fixture
def plain(tiny_trunk: Path) -> TorchEngine:
    return TorchEngine(Encoder.load(tiny_trunk).eval().requires_grad_(False), "fp32")


@pytest.fixture
def fast(trunk: tuple[TrunkInfo, Path], settings: Settings) -> OpenVinoEngine:
    return OpenVinoEngine(*trunk, "fp32", settings)


def states(engine: StateEngine, layers: list[int]) -> list[np.ndarray]:
    ids = np.arange(24, dtype=np.int64).reshape(3, 8)
    mask = np.arange(8) < np.array([[8], [5], [3]])
    with engine.running() as climb:
        return [hidden.float().numpy()[mask] for hidden in climb(TokenBatch(ids, np.zeros_like(ids), mask), layers)]


@pytest.mark.parametrize("layers", [[0, 1, 2, 3], [2], [1, 3]])
def test_one_climb_gives_the_states_of_torch_at_each_layer(
    plain: TorchEngine, fast: OpenVinoEngine, layers: list[int]
) -> None:
    for ours, theirs in zip(states(fast, layers), states(plain, layers), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_the_same_states_every_time(fast: OpenVinoEngine) -> None:
    for first, second in zip(states(fast, [1, 3]), states(fast, [1, 3]), strict=True):
        np.testing.assert_array_equal(first, second)


def test_converting_draws_from_no_generator(fast: OpenVinoEngine) -> None:
    before, rest = generators()
    states(fast, [2])
    after, still = generators()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert rest == still


def chosen(plain: TorchEngine, fast: OpenVinoEngine, folder: Path, tokens: int = WORTH_LOADING, **wish: Any) -> str:
    config = TuneConfig.checked(task="ner", name="tickets", **wish)
    engine = choose(config, TorchEngine(plain.encoder, "bf16"), fast, tokens, folder / "states" / "engine.json")
    return engine.name.split()[0]


def test_auto_takes_openvino_where_there_is_enough_to_do(
    plain: TorchEngine, fast: OpenVinoEngine, tmp_path: Path
) -> None:
    assert chosen(plain, fast, tmp_path / "many") == "openvino"
    assert chosen(plain, fast, tmp_path / "few", tokens=WORTH_LOADING - 1) == "torch"
    assert chosen(plain, fast, tmp_path / "uncached", cache_gib=0.0) == "torch"
    assert chosen(plain, fast, tmp_path / "full", tuning="full") == "torch"
    assert chosen(plain, fast, tmp_path / "asked", stem_backend="torch") == "torch"
    assert chosen(plain, fast, tmp_path / "asked too", tokens=1, stem_backend="openvino") == "openvino"


def test_in_fp32_auto_stays_with_torch(plain: TorchEngine, fast: OpenVinoEngine, tmp_path: Path) -> None:
    config = TuneConfig.checked(task="ner", name="tickets")
    assert choose(config, plain, fast, WORTH_LOADING, tmp_path / "engine.json") is plain


@pytest.mark.parametrize("what", [EnvironmentFault("no bf16 here"), RuntimeError("an operation is not known")])
def test_auto_falls_back_to_torch_and_stays_there(
    plain: TorchEngine,
    fast: OpenVinoEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    what: Exception,
) -> None:
    """A resumed run goes on with the engine that it began with, even where another would load by now."""

    def fails(engine: OpenVinoEngine) -> None:
        raise what

    with monkeypatch.context() as patch:
        patch.setattr(OpenVinoEngine, "load", fails)
        assert chosen(plain, fast, tmp_path) == "torch"
    assert str(what) in caplog.text
    assert chosen(plain, fast, tmp_path) == "torch"
    assert chosen(plain, fast, tmp_path / "another run") == "openvino"


def test_without_openvino_auto_is_torch_and_openvino_is_refused(
    plain: TorchEngine,
    fast: OpenVinoEngine,
    tmp_path: Path,
    tune: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(select, "find_spec", lambda name: None)
    assert chosen(plain, fast, tmp_path) == "torch"
    assert caplog.text == ""  # nobody asked for what is absent
    with pytest.raises(MissingExtra, match="openvino"):
        tune(stem_backend="openvino")


def test_full_tuning_has_no_frozen_stem(tune: Callable[..., Any]) -> None:
    with pytest.raises(InvalidInput, match="leave stem_backend out"):
        tune(tuning="full", stem_backend="openvino")


def test_a_version_says_who_computed_its_states(tune: Callable[..., Any], settings: Settings, told: Any) -> None:
    found = {}
    for wish in ({"stem_backend": "torch"}, {"stem_backend": "openvino"}, {"stem_backend": "openvino", "cache_gib": 0}):
        version = tune(fork_layer=1, epochs=8, progress=told, **wish).version
        with trunkline.registry(settings) as registry:
            story = json.loads(registry.artifact_bytes(version, "tuning.json"))
        assert story["settings"]["resolved_stem"] == version.settings["resolved_stem"]
        found[tuple(wish.values())] = version.settings["resolved_stem"]
    assert list(found.values()) == ["torch fp32", "openvino fp32", "torch fp32"]  # what is not kept is torch's
    assert sum("more than cache_gib 0 or" in line for line in told.lines) == 1


def test_auto_explores_on_states_by_openvino(tune: Callable[..., Any]) -> None:
    result = tune(fork_layer="auto", epochs=1, stem_backend="openvino")
    assert result.version.settings["resolved_stem"] == "openvino fp32"
    assert len(result.curve.points) > 2
