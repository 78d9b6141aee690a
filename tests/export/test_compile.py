"""A version on a faster engine: measured beside torch, recorded or refused, and only then served there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import trunkline
from trunkline import InvalidInput, MissingExtra, NotFound, Settings, Version
from trunkline.backends import onnxruntime_backend, openvino_making
from trunkline.backends.openvino_branch import OpenVinoBranch
from trunkline.backends.openvino_core import ov
from trunkline.backends.piece import Piece
from trunkline.contract import load_plugins
from trunkline.errors import CorruptArtifact, NotMeasured, QualityLost
from trunkline.export.compile import compile_version
from trunkline.progress import Silent
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.trunk.inputs import EncoderInput

MANY = [
    {"text": f"{words} {n} {word}", "label": label}
    for n in range(10)
    for word in ("monday", "friday", "london")
    for words, label in (("where is my order", "order"), ("please cancel it", "cancel"))
]
ROWS = [{"text": f"where is my order {n}", "label": "order"} for n in range(20)] + [
    {"text": f"please cancel it {n}", "label": "cancel"} for n in range(20)
]

MISLABELLED = [{**row, "label": ("order", "cancel")[n % 2]} for n, row in enumerate(ROWS)]
"""Half of the labels are wrong: an engine that turns every answer round is as good on them as one that turns none."""


class Told(Silent):
    """Remembers lines, and how far each bar came of how much."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.bars: dict[str, list[int]] = {}

    @contextmanager
    def track(self, description: str, total: int) -> Iterator[Callable[[int], None]]:
        self.bars[description] = [0, total]

        def count(steps: int) -> None:
            self.bars[description][0] += steps

        yield count

    def say(self, line: str) -> None:
        self.lines.append(line)


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


def left(settings: Settings, version: Version) -> Any:
    """All that a compilation may change."""
    with trunkline.registry(settings) as registry:
        kept = registry.resolve(version.reference), registry.trunk_pieces(version.trunk_id)
        blobs, cache = (
            {path for path in folder.rglob("*") if path.is_file()} for folder in (settings.blobs, settings.cache)
        )
        cache -= {path for path in cache if "trunks" in path.parts}  # the trunk as torch reads it
        return kept, registry.evaluations(version.reference), registry.revision(), blobs, cache


def pieces(settings: Settings, version: Version, kind: str) -> tuple[Piece, Piece]:
    """The branch and the stem that the registry keeps."""
    with trunkline.registry(settings) as registry:
        files = registry.version_piece(version, kind), registry.trunk_piece(version.trunk_id, kind)
        return Piece.of(files[0]), Piece.of(files[1])


def forbid_making(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nothing is converted: what runs came from the registry."""
    for module in (openvino_making, onnxruntime_backend):
        monkeypatch.setattr(module, "find_spec", lambda name: None)


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
    for (label, ours), (expected, theirs) in zip(found.first(), exact.first(), strict=True):
        assert label == expected
        assert abs(ours - theirs) < 1e-5


def test_what_loses_too_much_is_refused_and_leaves_nothing(
    tuned: Callable[..., Any], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = tuned(epochs=20, head_learning_rate=0.1)
    before = left(settings, version)
    run = OpenVinoBranch.run
    monkeypatch.setattr(
        OpenVinoBranch, "run", lambda self, states: {name: -array for name, array in run(self, states).items()}
    )
    with pytest.raises(QualityLost, match=r"classification/intents@1 on openvino fp32: .* nothing was recorded"):
        compile_version("intents", precision="fp32", settings=settings)
    assert left(settings, version) == before
    with pytest.raises(NotMeasured):
        asked(settings, backend="openvino", precision="fp32")


def test_answers_that_changed_at_no_loss_are_told_or_refused(
    tuned: Callable[..., Any], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = tuned(epochs=20, head_learning_rate=0.1)
    before, told = left(settings, version), Told()
    run = OpenVinoBranch.run
    monkeypatch.setattr(
        OpenVinoBranch, "run", lambda self, states: {name: -array for name, array in run(self, states).items()}
    )
    wish: dict[str, Any] = {"precision": "fp32", "settings": settings, "max_drop": 1, "progress": told}
    with pytest.raises(QualityLost, match=r"0\.00% of the answers are those of torch fp32, where 50\.00% is asked for"):
        compile_version("intents", min_agreement=0.5, data=MISLABELLED, **wish)
    assert left(settings, version) == before
    done = compile_version("intents", data=MISLABELLED, **wish)
    assert done.comparison.same_answers == 0
    assert any(line.startswith("warning: 100.0% of the answers differ") for line in told.lines)


def test_an_engine_that_agrees_passes_without_a_warning(tuned: Callable[..., Any], settings: Settings) -> None:
    tuned()
    told = Told()
    compile_version("intents", precision="fp32", min_agreement=1.0, settings=settings, progress=told)
    assert not [line for line in told.lines if line.startswith("warning")]
    assert told.bars["making ready"] == [2, 2]


def test_without_kept_data_a_file_is_asked_for(tuned: Callable[..., Any], settings: Settings, tmp_path: Path) -> None:
    tuned(keep_data=False)
    with pytest.raises(InvalidInput, match="give --data FILE"):
        compile_version("intents", precision="fp32", settings=settings)
    data = tmp_path / "dev.jsonl"
    data.write_text("\n".join(map(json.dumps, ROWS)))
    assert compile_version("intents", precision="fp32", settings=settings, data=str(data)).evaluation.n == 40
    cases: list[dict[str, Any]] = [
        {"data": "/nonexistent-rows"},
        {"data": ROWS, "precision": "int8", "calibration": "/none.csv"},
    ]
    for given in cases:
        with pytest.raises(NotFound) as caught:
            compile_version("intents", settings=settings, **given)
        missing = given.get("calibration", given["data"])
        assert str(caught.value) == f"there is no file {missing!r}: check the path"
    with pytest.raises(NotFound, match=r"did you mean dev.jsonl\?"):
        compile_version("intents", settings=settings, data=tmp_path / "dve.jsonl")
    with pytest.raises(InvalidInput, match="max_drop 2: give 0 to 1"):
        compile_version("intents", max_drop=2, settings=settings)
    with pytest.raises(InvalidInput, match=r"min_agreement 95: give 0 to 1"):
        compile_version("intents", min_agreement=95, settings=settings)


def test_fp32_and_bf16_share_one_graph_which_a_server_takes_from_the_registry(
    tuned: Callable[..., Any], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = tuned()
    done = compile_version("intents", precision="fp32", settings=settings)
    with trunkline.registry(settings) as registry:
        kept = registry.resolve("intents").artifacts.keys() - version.artifacts.keys()
        assert kept == {f"openvino/float/{name}" for name in ("graph.xml", "graph.bin", "manifest.json")}
        assert registry.trunk_pieces(version.trunk_id).keys() == kept
        assert registry.evaluations("intents")[0] == done.evaluation
    shutil.rmtree(settings.cache)
    forbid_making(monkeypatch)
    asked(settings, backend="openvino", precision="fp32")
    assert not (settings.cache / "openvino").exists()
    if "bf16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        compile_version("intents", precision="bf16", settings=settings)
        asked(settings, backend="openvino", precision="bf16")


def test_a_graph_of_another_openvino_is_made_anew_and_that_is_logged(
    tuned: Callable[..., Any], settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    version = tuned()
    compile_version("intents", precision="fp32", settings=settings)
    expected = list(asked(settings, backend="openvino", precision="fp32").first())
    assert caplog.text == ""
    monkeypatch.setattr(ov, "__version__", "2031.1")
    assert list(asked(settings, backend="openvino", precision="fp32").first()) == expected
    assert f"{version.reference}: its graph in the registry is of another make (openvino" in caplog.text
    forbid_making(monkeypatch)
    asked(settings, backend="openvino", precision="fp32")  # from the cache, where it is now
    shutil.rmtree(settings.cache)
    with pytest.raises(MissingExtra, match="torch"):
        asked(settings, backend="openvino", precision="fp32")
    monkeypatch.undo()
    monkeypatch.setattr(ov, "__version__", "2031.1")
    compile_version("intents", precision="fp32", settings=settings)
    assert {one.manifest.made_of["openvino"] for one in pieces(settings, version, "openvino/float")} == {"2031.1"}


def test_a_damaged_graph_is_refused_by_servers_and_mended_by_compiling(
    tuned: Callable[..., Any], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    version = tuned()
    compile_version("intents", precision="fp32", settings=settings)
    expected = list(asked(settings, backend="openvino", precision="fp32").first())
    for damaged in pieces(settings, version, "openvino/float"):
        path = damaged.files["graph.bin"]
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(CorruptArtifact, match=r"trunkline compile .* --backend openvino.* makes it anew"):
            asked(settings, backend="openvino", precision="fp32")
        compile_version("intents", precision="fp32", settings=settings)
        assert "made anew" in caplog.text
        assert list(asked(settings, backend="openvino", precision="fp32").first()) == expected


@pytest.mark.slow
def test_int8_is_quantized_once_a_trunk_and_served_only_as_it_was_measured(
    tuned: Callable[..., Any], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first version makes the stem, the second takes it; the stem's other versions lose theirs with it."""
    int8 = {"backend": "openvino", "precision": "int8"}
    first = tuned(data=MANY, dev=MANY[:20])
    with pytest.raises(NotMeasured, match="--backend openvino --precision int8"):
        asked(settings, **int8)
    told = Told()
    done = compile_version("intents", precision="int8", settings=settings, max_drop=0.2, progress=told)
    bars = {name: bar for name, bar in told.bars.items() if name.startswith("quantizing ")}
    assert len(bars) == 2  # the stem and the branch
    assert all(0 < done == total for done, total in bars.values())
    assert (done.evaluation.backend, done.evaluation.precision) == ("openvino", "int8")
    assert 0 < done.comparison.states < 0.15
    assert done.comparison.same_answers > 0.8
    _, stem = pieces(settings, first, "openvino/int8")
    assert stem.manifest.calibration is not None
    assert stem.manifest.calibration["texts"] == len(MANY)
    second = tuned(data=MANY[10:], dev=MANY[:20], fork_layer=2, seed=1)
    compile_version("intents", precision="int8", settings=settings, max_drop=0.2)
    branch, same = pieces(settings, second, "openvino/int8")
    assert same.files == stem.files
    assert branch.manifest.calibration is not None
    assert branch.manifest.calibration["texts"] == len(MANY) - 10
    forbid_making(monkeypatch)
    shutil.rmtree(settings.cache)
    exact, found = asked(settings), asked(settings, **int8)
    assert max(abs(ours - theirs) for (_, ours), (_, theirs) in zip(found.first(), exact.first(), strict=True)) < 0.2
    monkeypatch.setattr(ov, "__version__", "2031.1")
    with pytest.raises(NotMeasured, match=r"no graph in int8 for OpenVINO 2031\.1 here: first trunkline compile"):
        asked(settings, **int8)


def test_int8_wants_enough_texts_and_takes_them_from_a_file(
    tuned: Callable[..., Any], settings: Settings, tmp_path: Path
) -> None:
    version = tuned()
    before = left(settings, version)
    with pytest.raises(InvalidInput, match=r"intents@1: calibration data too small: 20 different texts"):
        compile_version("intents", precision="int8", settings=settings)
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(map(json.dumps, MANY[:31])))
    with pytest.raises(InvalidInput, match=r"few.jsonl: calibration data too small: 31 different texts"):
        compile_version("intents", precision="int8", settings=settings, calibration=str(few))
    assert left(settings, version) == before
    tuned(keep_data=False)
    with pytest.raises(InvalidInput, match=r"no train data were kept with .* give --calibration FILE"):
        compile_version("intents", precision="int8", settings=settings, data=MANY)
