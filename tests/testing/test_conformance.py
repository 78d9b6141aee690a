"""The suite must let a right task pass and catch each way of being wrong."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pydantic import ConfigDict

from trunkline import Encoded, TaskRequest, TaskResponse

SOURCE = Path(__file__).parents[2] / "examples" / "readability" / "src"


@pytest.fixture(scope="module", autouse=True)
def _example_on_path() -> Iterator[None]:
    sys.path.insert(0, str(SOURCE))
    yield
    sys.path.remove(str(SOURCE))


@pytest.fixture
def suite():
    """Make a suite whose task differs from readability in what is given."""
    from trunkline.testing import TaskConformance
    from trunkline_readability.plugin import Readability, ReadabilityExample

    def make(**changed):
        class Suite(TaskConformance):
            task = type("Changed", (Readability,), changed)()
            examples = [ReadabilityExample(text="word " * (n + 1), grade=n + 1) for n in range(6)]
            training_steps = 30

        return Suite()

    return make


def _zero_padded(self, config, width):
    """A head that takes padding for text."""
    import torch

    class Careless(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.grade = torch.nn.Linear(width, 1)

        def forward(self, hidden, mask):
            return {"grade": self.grade(hidden.mean(dim=1)).squeeze(-1)}

    return Careless()


def _branching(self, config, width):
    """A head that looks at the data to decide what to compute."""
    import torch

    class Branching(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.grade = torch.nn.Linear(width, 1)

        def forward(self, hidden, mask):
            first = hidden[:, 0]
            if float(first.sum()) > 1e9:
                first = -first
            return {"grade": self.grade(first).squeeze(-1)}

    return Branching()


def _misnamed(self, config, width):
    import torch

    class Misnamed(torch.nn.Module):
        def forward(self, hidden, mask):
            return {"score": hidden[:, 0, 0]}

    return Misnamed()


def _deaf(self, outputs, targets, config):
    """A loss that no parameter has a part in."""
    import torch

    return torch.zeros((), requires_grad=True)


@pytest.mark.parametrize(
    ("test", "changed"),
    [
        ("test_declares_what_the_platform_needs", {"summary": "two\nlines"}),
        ("test_declares_what_the_platform_needs", {"output_axes": {"grade": "sentence"}}),
        ("test_head_outputs_have_the_declared_axes", {"build_head": _misnamed}),
        ("test_head_outputs_have_the_declared_axes", {"output_axes": {"grade": "token"}}),
        ("test_padding_does_not_change_an_answer", {"build_head": _zero_padded}),
        ("test_loss_is_finite_and_reaches_every_parameter", {"loss": _deaf}),
        (
            "test_a_few_steps_lower_the_loss",
            {"loss": lambda self, outputs, targets, config: outputs["grade"].sum() * 0},
        ),
        ("test_targets_align_with_the_tokens", {"targets": lambda self, *given: {"grade": np.float32("nan")}}),
        (
            "test_targets_align_with_the_tokens",
            {"target_axes": {"grade": "token"}, "targets": lambda *g: {"grade": [1]}},
        ),
        ("test_head_config_is_json_and_repeatable", {"head_config": lambda *given: {"mean": 0, "spread": {1, 2}}}),
        ("test_score_has_the_primary_metric", {"primary_metric": "accuracy"}),
        ("test_score_has_the_primary_metric", {"score": lambda *given: {"mae": float("inf")}}),
        ("test_answers_are_typed_and_survive_json", {"decode": lambda *given: float("nan")}),
        ("test_calibration_gives_a_config", {"calibrate": lambda *given: {"mean": float("inf")}}),
    ],
)
def test_what_is_wrong_fails_its_test(suite, test, changed):
    with pytest.raises((AssertionError, TypeError, ValueError)):
        getattr(suite(**changed), test)()


def test_a_head_that_branches_on_data_cannot_be_exported(suite):
    import torch

    with pytest.raises(Exception, match=r"(?i)data-dependent|guard|export") as caught:
        suite(build_head=_branching).test_head_can_be_exported()
    assert not isinstance(caught.value, AssertionError), torch.__version__


def test_an_import_of_torch_is_noticed(suite, tmp_path, monkeypatch):
    (tmp_path / "heavy_plugin.py").write_text("import torch\n")
    monkeypatch.syspath_prepend(tmp_path)
    heavy = suite()
    monkeypatch.setattr(type(heavy.task), "__module__", "heavy_plugin")
    with pytest.raises(AssertionError, match="importing heavy_plugin imports torch"):
        heavy.test_import_is_light()


class SpanRequest(TaskRequest):
    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "a"}]})
    text: str


class SpanResponse(TaskResponse):
    start: int
    end: int
    text: str


def test_a_span_that_is_not_its_text_is_noticed(suite):
    """A task that lower-cases what it gives back is caught by the first capital."""

    def decode(self, outputs, encoded: Encoded, config):
        return (int(encoded.offsets[0][0]), int(encoded.offsets[0][1])) if len(encoded) else (0, 0)

    def respond(self, request, predictions):
        start, end = predictions[0]
        return SpanResponse(start=start, end=end, text=request.text[start:end].lower())

    def request(self, example):
        return SpanRequest(text=example.text)

    changed = {"request_model": SpanRequest, "response_model": SpanResponse, "request": request, "respond": respond}
    wrong = suite(decode=decode, **changed)
    with pytest.raises(AssertionError, match="NUL: "):
        wrong.test_hostile_texts_are_answered()


def test_the_bench_answers_as_an_engine_does(suite):
    bench = suite().bench
    request = bench.task.request(suite().examples[0])
    response = asyncio.run(bench.task.run(request, bench))
    assert response.model == "readability/tiny@1"
