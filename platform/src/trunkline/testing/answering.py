"""What a task answers, and how it measures that."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest

from trunkline.testing.suite import Suite, dumps, through_json
from trunkline.testing.texts import HOSTILE_TEXTS


class Answering(Suite):
    """Responses, spans, calibration, metrics."""

    def test_answers_are_typed_and_survive_json(self) -> None:
        for response in self.responses():
            assert isinstance(response, self.task.response_model)
            assert response.model == f"{self.task.name}/tiny@1"
            assert through_json(response) == response

    def test_hostile_texts_are_answered(self) -> None:
        """Each either fails validation or is answered; a span is always the text that it names."""
        bench = self.bench
        for kind, text in HOSTILE_TEXTS.items():
            request = self.request_about(text)
            if request is None:
                continue
            response = asyncio.run(self.task.run(request, bench))
            assert through_json(response) == response, kind
            for span in _spans(response.model_dump(mode="json")):
                assert text[span["start"] : span["end"]] == span["text"], f"{kind}: {span}"

    def test_calibration_gives_a_config(self) -> None:
        bench = self.bench
        asked = [(e, bench.encode(self.task.request(e))) for e in self.examples]
        inputs = [encoded for _, part in asked for encoded in part]
        outputs = [bench.outputs(encoded) for encoded in inputs]
        matching = [example for example, part in asked for _ in part]
        config = dict(self.task.calibrate(outputs, inputs, matching, bench.config))
        assert json.loads(dumps(config)) == config
        for one, encoded in zip(outputs, inputs, strict=True):
            self.task.decode(one, encoded, config)

    def test_score_has_the_primary_metric(self) -> None:
        responses = self.responses()
        for count in (1, len(responses)):
            told = self.task.compared(responses[:count], self.examples[:count])
            assert len(told) == count
            metrics = self.task.score(told, self.examples[:count])
            assert self.task.primary_metric in metrics
            assert all(math.isfinite(value) for value in metrics.values()), metrics
        dumps(self.task.report(told, self.examples))
        assert isinstance(self.task.correct(told[0], self.examples[0]), bool)

    def test_perfect_answers_score_perfectly(self) -> None:
        perfect = [self.perfect_response(example) for example in self.examples]
        if any(response is None for response in perfect):
            pytest.skip("perfect_response is not overridden")
        best = 1.0 if self.task.higher_is_better else 0.0
        assert self.task.score(perfect, self.examples)[self.task.primary_metric] == pytest.approx(best)
        assert all(self.task.correct(r, e) for r, e in zip(perfect, self.examples, strict=True))


def _spans(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in JSON that has a start, an end and their text."""
    if isinstance(value, dict):
        if {"start", "end", "text"} <= set(value):
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _spans(item)
