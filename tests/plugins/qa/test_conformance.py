"""The shipped conformance suite, on question answering."""

from __future__ import annotations

from typing import Any

from trunkline.testing import TaskConformance
from trunkline_qa.examples import QAExample
from trunkline_qa.spans import Span
from trunkline_qa.task import Prediction, QuestionAnsweringTask

PLACES = ["London", "New York", "Berlin", "Ghent"]
DAYS = ["Monday", "Friday", "last June"]


def told(place: str, day: str) -> list[QAExample]:
    context = f"The fair was in {place} on {day}, as ever."
    asked = [
        {"question": question, "context": context, "answers": [{"text": text, "start": context.index(text)}]}
        for question, text in (("Where was the fair?", place), ("When was the fair?", day))
    ]
    return [QAExample.model_validate(row) for row in [*asked, {"question": "Who?", "context": context, "answers": []}]]


class TestQuestionAnswering(TaskConformance):
    task = QuestionAnsweringTask()
    examples = [example for place in PLACES for day in DAYS for example in told(place, day)]

    def request_about(self, text: str) -> Any:
        request = {"question": "Where was the fair?", "context": text, "top_k": 5}
        return self.task.request_model.model_validate(request) if text.strip() else None

    def perfect_response(self, example: Any) -> Any:
        spans = [Span(answer.start, answer.end, 1.0) for answer in example.answers]
        return self.task.respond(self.task.request(example), [Prediction(spans, None)])
