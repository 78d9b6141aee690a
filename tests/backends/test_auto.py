"""What `auto` takes: the fastest engine that may be taken, by what was measured here once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trunkline import MissingExtra, Settings, TrunkInfo
from trunkline.backends import select, timing
from trunkline.backends.auto import candidates, choose
from trunkline.backends.backend import Backend
from trunkline.backends.timing import Timing, facts_of, label, memory, timed

ORT = ("onnxruntime", "fp32")
INFO = TrunkInfo(
    id="t", name="tiny", family="bert", n_layers=3, width=32, max_length=64, config={"vocab_size": 50}, layer_hashes=()
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, threads=1, backend="auto", precision="fp32")


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The engines of each measurement that was really made."""
    made: list[list[str]] = []
    stems = timing._stems

    def seen(trunk: TrunkInfo, folder: Path, engines: Sequence[Backend]) -> Any:
        made.append([label(one) for one in engines])
        return stems(trunk, folder, engines)

    monkeypatch.setattr(timing, "_stems", seen)
    return made


def remember(settings: Settings, trunk: TrunkInfo = INFO, **milliseconds: float) -> None:
    """Put a measurement there: engine_precision=milliseconds, for every shape the same."""
    taken = {name.replace("_", " "): {"1x16": one, "8x32": one} for name, one in milliseconds.items()}
    without = ("torch fp32", "openvino fp32", "onnxruntime fp32")
    memory(settings).put(Timing(facts=facts_of(trunk, settings), milliseconds=taken, without=without))


def test_every_engine_is_measured_once_on_every_shape(
    settings: Settings, tiny_trunk: Path, measured: list[list[str]]
) -> None:
    engines = candidates(settings)
    found = timed(INFO, lambda _: tiny_trunk, engines, settings)
    assert found.milliseconds.keys() == {"torch fp32", "openvino fp32", "onnxruntime fp32"}
    assert all(shapes.keys() == {"1x16", "8x32", "32x64"} for shapes in found.milliseconds.values())
    assert all(np.isfinite(one) and one > 0 for shapes in found.milliseconds.values() for one in shapes.values())
    assert timed(INFO, lambda _: tiny_trunk, engines, settings) == found
    assert len(measured) == 1


def test_it_is_measured_anew_when_a_fact_changes_or_the_file_is_damaged(
    settings: Settings, tiny_trunk: Path, measured: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    engines = [select.choose(Settings(home=settings.home))]

    def again(settings: Settings = settings, trunk: TrunkInfo = INFO) -> int:
        timed(trunk, lambda _: tiny_trunk, engines, settings)
        return len(measured)

    assert again() == 1
    [file] = (settings.cache / "timings").iterdir()
    for damage in (b"", b"{", file.read_bytes().replace(b'"1x16": ', b'"1x16": -')):
        before = len(measured)
        file.write_bytes(damage)
        assert (again(), again()) == (before + 1, before + 1)
    assert again(trunk=INFO.model_copy(update={"id": "another"})) == 5
    assert again(settings.model_copy(update={"threads": 2})) == 6
    monkeypatch.setattr(timing, "versions_of", lambda packages: {"torch": "99"})
    assert again() == 7
    monkeypatch.setattr(timing, "cpu_model", lambda: "another")
    assert again() == 8


@pytest.mark.parametrize(
    ("permitted", "expected"),
    [
        ({ORT}, "onnxruntime fp32"),
        ({ORT, ("openvino", "fp32")}, "openvino fp32"),
        ({("openvino", "bf16")}, "torch fp32"),
    ],
)
def test_the_fastest_of_those_permitted(settings: Settings, permitted: set[tuple[str, str]], expected: str) -> None:
    remember(settings, torch_fp32=9, openvino_fp32=1, onnxruntime_fp32=3)
    assert label(choose(settings, [INFO], Path, permitted)) == expected


def test_torch_where_it_is_the_fastest(settings: Settings) -> None:
    remember(settings, torch_fp32=1, openvino_fp32=2, onnxruntime_fp32=3)
    assert label(choose(settings, [INFO], Path, {ORT, ("openvino", "fp32")})) == "torch fp32"


def test_all_trunks_count_the_same_and_what_cannot_run_one_is_not_taken(settings: Settings) -> None:
    """A large trunk's milliseconds do not drown a small one's: what counts is how many times as fast."""
    large = INFO.model_copy(update={"id": "large"})
    remember(settings, torch_fp32=4, onnxruntime_fp32=1)
    remember(settings, large, torch_fp32=1000, onnxruntime_fp32=2000)
    assert label(choose(settings, [INFO, large], Path, {ORT})) == "onnxruntime fp32"
    remember(settings, large, torch_fp32=1000)
    assert label(choose(settings, [INFO, large], Path, {ORT})) == "torch fp32"


def test_torch_without_measuring_where_nothing_else_may_be_taken(
    settings: Settings, measured: list[list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert label(choose(settings, [INFO], Path, ())) == "torch fp32"
    assert measured == []
    assert "auto takes torch fp32" in caplog.text
    assert "trunkline compile" in caplog.text


def test_int8_takes_part_where_it_is_asked_for_or_all_was_measured_in_it(settings: Settings) -> None:
    def taking_part(precision: str | None, permitted: Sequence[tuple[str, str]] = ()) -> set[str]:
        chosen = settings.model_copy(update={"precision": precision})
        return {label(one) for one in candidates(chosen, permitted=permitted)}

    assert not any("int8" in one for one in taking_part(None))
    assert {one for one in taking_part(None, [("onnxruntime", "int8")]) if "int8" in one} == {"onnxruntime int8"}
    assert "onnxruntime int8" not in taking_part("fp32", [("onnxruntime", "int8")])
    assert taking_part(None) >= {"torch fp32", "openvino fp32", "onnxruntime fp32"}
    assert {"torch fp32", "onnxruntime int8"} <= taking_part("int8")
    assert "onnxruntime fp32" not in taking_part("int8")


def test_an_engine_that_cannot_convert_takes_no_part(
    settings: Settings, tiny_trunk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(folder: Path, info: TrunkInfo) -> Any:
        raise MissingExtra.needed("converting", "onnxruntime")

    engines = candidates(settings)
    [portable] = [one for one in engines if one.name == "onnxruntime"]
    monkeypatch.setattr(portable, "load_stem", lacking)
    assert "onnxruntime fp32" not in timed(INFO, lambda _: tiny_trunk, engines, settings).milliseconds


def test_the_install_command_where_nothing_may_be_taken(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(select, "installed", lambda: ["onnxruntime"])
    with pytest.raises(MissingExtra, match=r"pip install 'trunkline\[torch\]'"):
        choose(settings, [INFO], Path, ())
    assert label(choose(settings, [INFO], Path, {ORT})) == "onnxruntime fp32"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("latency", "onnxruntime fp32"), ("throughput", "openvino fp32"), ("auto", "torch fp32")],
)
def test_a_mode_looks_at_its_own_shape(settings: Settings, mode: str, expected: str) -> None:
    taken = {
        "torch fp32": {"1x16": 2.0, "8x32": 1.0, "32x64": 2.0},
        "openvino fp32": {"1x16": 9.0, "8x32": 9.0, "32x64": 1.0},
        "onnxruntime fp32": {"1x16": 1.0, "8x32": 9.0, "32x64": 9.0},
    }
    memory(settings).put(Timing(facts=facts_of(INFO, settings), milliseconds=taken))
    chosen = settings.model_copy(update={"mode": mode})
    assert label(choose(chosen, [INFO], Path, {ORT, ("openvino", "fp32")})) == expected


def test_an_engine_that_joins_later_is_measured_too(
    settings: Settings, tiny_trunk: Path, measured: list[list[str]]
) -> None:
    torch, *others = candidates(settings)
    timed(INFO, lambda _: tiny_trunk, [torch], settings)
    found = timed(INFO, lambda _: tiny_trunk, [torch, *others], settings)
    assert "onnxruntime fp32" in found.milliseconds
    timed(INFO, lambda _: tiny_trunk, [torch, *others], settings)
    timed(INFO, lambda _: tiny_trunk, [torch], settings)
    assert len(measured) == 2
