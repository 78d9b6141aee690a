"""The shipped conformance suite, on NER."""

from __future__ import annotations

from typing import Any

from trunkline.testing import TaskConformance
from trunkline_ner.models import NerExample
from trunkline_ner.task import NerTask

PEOPLE = ["Ada Lovelace", "Karl", "Anna Byron", "Charles Babbage"]
PLACES = ["London", "New York", "Berlin"]


def met(person: str, place: str) -> NerExample:
    text = f"{person} met us in {place}."
    start = text.index(place)
    entities = [
        {"start": 0, "end": len(person), "label": "person"},
        {"start": start, "end": start + len(place), "label": "place"},
    ]
    return NerExample.model_validate({"text": text, "entities": entities})


class TestNer(TaskConformance):
    task = NerTask()
    examples = [
        *(met(person, place) for person in PEOPLE for place in PLACES),
        NerExample(text="Nobody came.", entities=[]),
    ]

    def perfect_response(self, example: Any) -> Any:
        found = [(start, end, label, 1.0) for start, end, label in sorted(example.spans)]
        return self.task.respond(self.task.request(example), [found])
