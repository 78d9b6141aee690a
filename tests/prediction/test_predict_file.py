"""A whole file through the engine: nothing lost, nothing doubled, whatever happens on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from serving_world import assert_close, random_texts

from trunkline import EncoderInput, InvalidInput
from trunkline.backends.torch_backend import TorchBackend
from trunkline.errors import Conflict, CorruptArtifact, DataError
from trunkline.prediction import asking
from trunkline.prediction.journal import Journal
from trunkline.prediction.predict_file import predict_file
from trunkline.progress import Silent


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "texts.jsonl"
    path.write_text(
        "".join(json.dumps({"id": f"t{i}", "text": text}) + "\n" for i, text in enumerate(random_texts(90)))
    )
    return path


def predicted(world: Any, source: Path, output: Path, models: tuple[str, ...] = ("entities",), **how: Any) -> Any:
    with world.engine() as engine:
        task = world.plugins.head_task("tag")
        return predict_file(engine, task, models, source, output, Silent(), **how), engine.stats()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_row_once_in_order_with_its_answer(world: Any, texts: Path, tmp_path: Path) -> None:
    done, _ = predicted(world, texts, tmp_path / "out.jsonl")
    assert (done.rows, done.resumed_at, done.problems, done.models) == (90, 0, 0, ("tag/entities@1",))
    found = lines(tmp_path / "out.jsonl")
    assert [line["row"] for line in found] == list(range(1, 91))
    with world.engine() as engine:
        for line, row in zip(found, lines(texts), strict=True):
            assert (line["id"], line["model"]) == (row["id"], "tag/entities@1")
            alone = engine.predict_many("tag", "entities", [EncoderInput(row["text"])]).predictions[0]
            assert line["prediction"]["labels"] == alone["labels"]
            assert_close({"scores": line["prediction"]["scores"]}, {"scores": alone["scores"]})


def test_several_models_share_the_stem_passes(world: Any, texts: Path, tmp_path: Path) -> None:
    _, apart = predicted(world, texts, tmp_path / "one.jsonl")
    _, both = predicted(world, texts, tmp_path / "two.jsonl", ("entities", "mixed"))
    assert both.stem_passes == apart.stem_passes
    for together, single in zip(lines(tmp_path / "two.jsonl"), lines(tmp_path / "one.jsonl"), strict=True):
        assert list(together["answers"]) == ["tag/entities@1", "tag/mixed@1"]
        assert together["answers"]["tag/entities@1"]["prediction"]["labels"] == single["prediction"]["labels"]


def test_a_stopped_run_goes_on_with_the_version_it_began_with(
    world: Any, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = predicted(world, texts, tmp_path / "whole.jsonl", ("entities@production",))
    monkeypatch.setattr(asking, "CHUNK", 16)
    ask = asking.Asking._ask
    asked = []

    def dies_at_the_third(self: Any, requests: Any) -> Any:
        asked.append(len(requests))
        if len(asked) == 3:
            raise KeyboardInterrupt
        return ask(self, requests)

    output = tmp_path / "out.jsonl"
    with monkeypatch.context() as patch:
        patch.setattr(asking.Asking, "_ask", dies_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            predicted(world, texts, output, ("entities@production",))
    assert not output.exists()
    world.point(world.add("tag", "entities", fork=2, branch=1, seed=9))  # the alias moves meanwhile
    done, _ = predicted(world, texts, output, ("entities@production",))
    assert (done.rows, done.resumed_at, done.models) == (90, 32, whole.models)
    for ours, theirs in zip(lines(output), lines(tmp_path / "whole.jsonl"), strict=True):
        assert (ours["row"], ours["prediction"]["labels"]) == (theirs["row"], theirs["prediction"]["labels"])


@pytest.fixture
def stopped(world: Any, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An output whose run was killed after 32 rows."""
    output = tmp_path / "out.jsonl"
    monkeypatch.setattr(asking, "CHUNK", 16)
    append, appended = Journal.append, []

    def dies_at_the_third(self: Any, lines: Any) -> None:
        appended.append(self)
        if len(appended) == 3:
            raise KeyboardInterrupt
        append(self, lines)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", dies_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            predicted(world, texts, output)
    assert len((tmp_path / "out.jsonl.part").read_text().splitlines()) == 32
    return output


def test_another_question_is_not_gone_on_with(world: Any, texts: Path, stopped: Path) -> None:
    with pytest.raises(Conflict, match=r"differs in asked .*--overwrite to begin anew"):
        predicted(world, texts, stopped, ("mixed",))
    done, _ = predicted(world, texts, stopped, ("mixed",), overwrite=True)
    assert (done.rows, done.resumed_at) == (90, 0)


def test_another_engine_does_not_go_on(world: Any, texts: Path, stopped: Path) -> None:
    with world.engine(backend=TorchBackend("bf16")) as engine:
        task = world.plugins.head_task("tag")
        with pytest.raises(Conflict, match=r"differs in precision \('fp32' there, 'bf16' here\)"):
            predict_file(engine, task, ("entities",), texts, stopped, Silent())
    done, _ = predicted(world, texts, stopped)
    assert (done.resumed_at, done.backend, done.precision) == (32, "torch", "fp32")


def test_an_input_that_was_changed_anywhere_is_not_gone_on_with(world: Any, texts: Path, stopped: Path) -> None:
    before = texts.read_bytes()
    texts.write_bytes(before[:-4] + b"x" + before[-3:])
    assert texts.stat().st_size == len(before)
    with pytest.raises(Conflict, match="differs in sha256"):
        predicted(world, texts, stopped)
    texts.write_bytes(before)
    assert predicted(world, texts, stopped)[0].resumed_at == 32


@pytest.mark.parametrize(
    ("more", "told"),
    [(91 - 32, "has 91 lines, and the input 90 rows"), (1, "has 33 lines, and the last says that it is of row 7")],
)
def test_a_part_that_does_not_add_up_is_refused(world: Any, texts: Path, stopped: Path, more: int, told: str) -> None:
    with stopped.with_name("out.jsonl.part").open("a") as part:
        part.write('{"row": 7}\n' * more)
    with pytest.raises(CorruptArtifact, match=told):
        predicted(world, texts, stopped)
    assert not stopped.exists()


def test_a_corrected_file_begins_anew_as_the_message_says(world: Any, tmp_path: Path) -> None:
    source, output = tmp_path / "a.jsonl", tmp_path / "out.jsonl"
    good = '{"text": "my order"}\n'
    source.write_text(good + "{\n")
    with pytest.raises(DataError, match="begins anew"):
        predicted(world, source, output)
    source.write_text(good * 2)
    assert predicted(world, source, output)[0].rows == 2  # no line was written: nothing is in the way
    source.write_text(good * 256 + "{\n")
    with pytest.raises(DataError, match="over what was answered of this one with --overwrite"):
        predicted(world, source, output, overwrite=True)
    source.write_text(good * 257)
    done, _ = predicted(world, source, output, overwrite=True)
    assert (done.rows, done.resumed_at) == (257, 0)


def test_a_version_is_named_once(world: Any, texts: Path, tmp_path: Path) -> None:
    for models in (("entities", "entities"), ("entities", "mixed", "tag/entities@1")):
        with pytest.raises(InvalidInput, match=r"--model entities .*twice: name each version once"):
            predicted(world, texts, tmp_path / "out.jsonl", models)


def test_half_a_surrogate_pair_is_repeated_as_it_was(world: Any, tmp_path: Path) -> None:
    source, output = tmp_path / "a.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"id": "\\ud800 \u00e9 \U0001f600", "text": "my order"}\n')
    predicted(world, source, output)
    assert lines(output)[0]["id"] == "\ud800 \u00e9 \U0001f600"
    source = tmp_path / "a\udcff.jsonl"
    source.write_text("{\n")
    predicted(world, source, output, keep_going=True, overwrite=True)
    assert lines(output)[0]["error"].startswith("a\udcff.jsonl:1: not JSON")


def test_only_a_file_is_written(world: Any, texts: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InvalidInput, match="folder' is a folder: name a file"):
        predicted(world, texts, tmp_path / "folder", overwrite=True)
    with pytest.raises(InvalidInput, match="'/dev/null' is no regular file"):
        predicted(world, texts, Path("/dev/null"), overwrite=True)


def test_a_bad_row_stops_at_its_place_and_may_be_noted_instead(world: Any, tmp_path: Path) -> None:
    source, output = tmp_path / "a.jsonl", tmp_path / "out.jsonl"
    good = '{"text": "my order"}\n'
    source.write_text(good * 3 + '{"txt": "my order"}\n' + good)
    with pytest.raises(DataError, match=r"a\.jsonl:4: text: Field required"):
        predicted(world, source, output)
    assert not output.exists()
    done, _ = predicted(world, source, output, keep_going=True)
    assert (done.rows, done.problems) == (5, 1)
    found = lines(output)
    assert found[3] == {"row": 4, "error": "a.jsonl:4: text: Field required"}
    assert all("prediction" in line for line in found if line["row"] != 4)


def test_one_text_that_cannot_be_answered_is_found_among_its_fellows(world: Any, tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text('{"text": "my order"}\n' * 20 + '{"text": "\\ud800"}\n' + '{"text": "refund"}\n' * 20)
    done, _ = predicted(world, source, tmp_path / "out.jsonl", keep_going=True)
    assert (done.rows, done.problems) == (41, 1)
    wrong = [line for line in lines(tmp_path / "out.jsonl") if "error" in line]
    assert [line["row"] for line in wrong] == [21]
    assert "lone surrogate" in wrong[0]["error"]


def test_what_is_there_is_not_overwritten_unasked(world: Any, texts: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    output.write_text("precious")
    with pytest.raises(Conflict, match="--overwrite"):
        predicted(world, texts, output)
    assert output.read_text() == "precious"
    predicted(world, texts, output, overwrite=True)
    assert len(lines(output)) == 90
    with pytest.raises(InvalidInput, match="is the input"):
        predicted(world, texts, texts, overwrite=True)
