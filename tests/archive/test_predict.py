"""Answers from states are the answers from texts, and the stem stays still."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from serving_world import assert_close

from trunkline import InvalidInput, NotFound
from trunkline.archive import predict as predicting
from trunkline.archive import rows as of_archive
from trunkline.archive.predict import predict_states
from trunkline.backends.torch_backend import TorchBackend
from trunkline.backends.torch_stem import TorchStem
from trunkline.errors import Conflict, CorruptArtifact, DataError
from trunkline.prediction.predict_file import predict_file
from trunkline.progress import Silent

NEAR = 0.02  # apart at most, the probabilities of two labels that narrow numbers may swap


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def predicted(world: Any, tmp_path: Path) -> Callable[..., Any]:
    """Answer the states; gives what was done and the engine's counters."""

    def predicted(
        task: str, *models: str, backend: Any = None, output: Path = tmp_path / "out.jsonl", **how: Any
    ) -> Any:
        with world.engine(**({"backend": backend} if backend else {})) as engine:
            found = world.plugins.head_task(task)
            done = predict_states(engine, found, models, tmp_path / "states", output, Silent(), **how)
            return done, engine.stats()

    return predicted


@pytest.fixture
def from_texts(world: Any, archive: Path, tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    def from_texts(task: str, *models: str) -> list[dict[str, Any]]:
        output = tmp_path / "texts.out.jsonl"
        with world.engine() as engine:
            found = world.plugins.head_task(task)
            predict_file(engine, found, models, archive, output, Silent(), overwrite=True)
        return lines(output)

    return from_texts


@pytest.mark.parametrize(("task", "model"), [("tag", "entities"), ("label", "intents")])
def test_fp32_answers_are_equal_and_whole_lines_too(
    build: Callable[..., Any],
    predicted: Callable[..., Any],
    from_texts: Callable[..., Any],
    tmp_path: Path,
    task: str,
    model: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(of_archive, "SHARD_ROWS", 32)
    build(dtype="fp32")
    done, _ = predicted(task, model)
    assert (done.rows, done.problems, done.models) == (90, 0, (f"{task}/{model}@1",))
    for found, expected in zip(lines(tmp_path / "out.jsonl"), from_texts(task, model), strict=True):
        assert {**found, "prediction": None} == {**expected, "prediction": None}
        assert_close(found["prediction"], expected["prediction"])


@pytest.mark.parametrize("dtype", ["bf16", "fp16"])
@pytest.mark.parametrize(("task", "model"), [("tag", "entities"), ("label", "intents")])
def test_narrow_answers_keep_every_label_that_is_clear(
    build: Callable[..., Any],
    predicted: Callable[..., Any],
    from_texts: Callable[..., Any],
    tmp_path: Path,
    dtype: str,
    task: str,
    model: str,
) -> None:
    build(dtype=dtype)
    predicted(task, model)
    clear = 0
    for found, expected in zip(lines(tmp_path / "out.jsonl"), from_texts(task, model), strict=True):
        ours, theirs = (np.atleast_2d(one["prediction"]["scores"]) for one in (found, expected))
        if not theirs.size:
            continue
        first, second = np.sort(theirs, axis=-1)[:, -1], np.sort(theirs, axis=-1)[:, -2]
        apart = first - second > NEAR
        np.testing.assert_array_equal(ours.argmax(-1)[apart], theirs.argmax(-1)[apart])
        clear += int(apart.sum())
    assert clear > 60


class StillStem(TorchStem):
    """A stem that may go on from states, and does not run."""

    def embed(self, batch: Any) -> Any:
        raise AssertionError("the stem was run")

    def advance(self, states: Any, layer: int) -> Any:
        raise AssertionError("the stem was run")


class StillBackend(TorchBackend):
    def load_stem(self, folder: Path, info: Any) -> Any:
        stem = super().load_stem(folder, info)
        return StillStem(stem.encoder, info, None)


def test_the_stem_is_not_run(build: Callable[..., Any], world: Any, predicted: Callable[..., Any]) -> None:
    with pytest.raises(AssertionError, match="the stem was run"):
        build(engine=world.engine(backend=StillBackend()))
    with world.engine() as engine:
        build(engine=engine)
        assert engine.stats().stem_passes > 0
    _, stats = predicted("tag", "entities", backend=StillBackend())
    assert (stats.stem_passes, stats.stem_rows) == (0, 0)


def test_a_version_tuned_after_the_states_were_built_answers(
    build: Callable[..., Any],
    world: Any,
    predicted: Callable[..., Any],
    from_texts: Callable[..., Any],
    tmp_path: Path,
) -> None:
    build(dtype="fp32")
    world.add("label", "intents", fork=2, branch=1, seed=5)
    predicted("label", "intents@2", "intents@1")
    for found, expected in zip(
        lines(tmp_path / "out.jsonl"), from_texts("label", "intents@2", "intents@1"), strict=True
    ):
        assert list(found["answers"]) == ["label/intents@2", "label/intents@1"]
        for name, answer in found["answers"].items():
            assert_close(answer["prediction"], expected["answers"][name]["prediction"])


def test_versions_that_do_not_go_on_from_there_are_refused(
    build: Callable[..., Any], predicted: Callable[..., Any], tmp_path: Path
) -> None:
    build()
    with pytest.raises(InvalidInput, match=r"early@1 leaves the trunk at layer 1: build states of that layer"):
        predicted("label", "early")
    with pytest.raises(InvalidInput, match=r"at layer 2; label/mixed@1 reads a mix of all layers up to 2"):
        predicted("label", "mixed")
    with pytest.raises(InvalidInput, match=r"trunk tiny .*elsewhere@1 stands on another trunk \(1-other"):
        predicted("label", "elsewhere")
    with pytest.raises(InvalidInput, match=r"computed by torch in fp32, and torch in bf16.*TRUNKLINE_PRECISION=fp32"):
        predicted("label", "intents", backend=TorchBackend("bf16"))
    assert not (tmp_path / "out.jsonl").exists()


def test_states_that_are_not_there_or_not_whole_are_refused(
    build: Callable[..., Any], predicted: Callable[..., Any], tmp_path: Path
) -> None:
    with pytest.raises(NotFound, match="states build makes them"):
        predicted("tag", "entities")
    build()
    (tmp_path / "states").rename(tmp_path / "states.partial")
    with pytest.raises(InvalidInput, match="are not finished: repeat the command"):
        predicted("tag", "entities")
    (tmp_path / "states.partial").rename(tmp_path / "states")
    shard = tmp_path / "states" / "000000.safetensors"
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(CorruptArtifact, match="is damaged"):
        predicted("tag", "entities")
    assert not (tmp_path / "out.jsonl").exists()


def test_a_stopped_run_goes_on_with_the_version_it_began_with(
    build: Callable[..., Any],
    world: Any,
    predicted: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(of_archive, "SHARD_ROWS", 16)
    build()
    predicted("label", "intents", output=tmp_path / "whole.jsonl")
    read, asked = predicting.read_shard, []

    def dies_at_the_third(*given: Any) -> Any:
        asked.append(given)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return read(*given)

    with monkeypatch.context() as patch:
        patch.setattr(predicting, "read_shard", dies_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            predicted("label", "intents")
    part = tmp_path / "out.jsonl.part"
    part.write_bytes(b"".join(part.read_bytes().splitlines(keepends=True)[:-3]) + b'{"row": ')  # and a torn line
    world.add("label", "intents", fork=2, seed=9)
    done, _ = predicted("label", "intents")
    assert done.resumed_at > 0
    assert done.models == ("label/intents@1",)
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    with pytest.raises(Conflict, match="--overwrite"):
        predicted("label", "intents")


def test_a_row_that_the_task_reads_otherwise_is_named_or_noted(
    build: Callable[..., Any], predicted: Callable[..., Any], tmp_path: Path
) -> None:
    source = tmp_path / "pairs.jsonl"
    source.write_text('{"text": "my order"}\n{"text": "my order", "text_pair": "is late"}\n')
    build(source=source)
    with pytest.raises(DataError, match=r"pairs\.jsonl:2: task label reads this row otherwise"):
        predicted("label", "intents")
    done, _ = predicted("label", "intents", keep_going=True)
    assert (done.rows, done.problems) == (2, 1)
    first, second = lines(tmp_path / "out.jsonl")
    assert first["model"] == "label/intents@1"
    assert second["error"].startswith("pairs.jsonl:2: ")
