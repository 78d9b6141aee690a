"""Every test of the platform's suite, for this task."""

from __future__ import annotations

from trunkline.testing import TaskConformance
from trunkline_readability.plugin import Readability, ReadabilityExample, ReadabilityResponse

ROWS = [
    ("I see a cat.", 1),
    ("The sun is hot today.", 1),
    ("We go up and down.", 1.5),
    ("Sam rides his bike to the park.", 2),
    ("Our class planted beans in cups.", 3),
    ("A spider has eight legs instead of six.", 4),
    ("Plants use sunlight to make sugar.", 5),
    ("Printing made books cheaper.", 6),
    ("Trade spread goods and languages.", 7),
    ("The treaty redrew the borders.", 9),
    ("Natural selection acts upon variation.", 11),
    ("Hermeneutics presupposes interpretation.", 12),
]


class TestReadability(TaskConformance):
    task = Readability()
    examples = [ReadabilityExample(text=text, grade=grade) for text, grade in ROWS]

    def perfect_response(self, example: ReadabilityExample) -> ReadabilityResponse:
        return ReadabilityResponse(grade=example.grade)
