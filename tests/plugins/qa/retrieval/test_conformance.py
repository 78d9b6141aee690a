"""The shipped conformance suite, on retrieval."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from trunkline.testing import TaskConformance
from trunkline_qa.retrieval.examples import RetrievalExample
from trunkline_qa.retrieval.messages import PooledResponse
from trunkline_qa.retrieval.task import RetrievalTask

PLACES = ["London", "New York", "Berlin", "Ghent", "Tokyo", "Oslo", "Rome"]


class TestRetrieval(TaskConformance):
    task = RetrievalTask()
    examples = [
        RetrievalExample(query=f"who met in {place}?", text=text, clicked=clicked)
        for place, other in zip(PLACES, reversed(PLACES), strict=True)
        for text, clicked in ((f"the fair of {place}", True), (f"{other}, as ever", False))
    ]

    def request_about(self, text: str) -> Any:
        try:
            return self.task.request_model.model_validate({"query": text, "texts": ["Ada", text], "vectors": True})
        except ValidationError:
            return None

    def perfect_response(self, example: Any) -> Any:
        return PooledResponse(results=[], ranks=(1,), pool=len(self.examples), share=1 / 2)
