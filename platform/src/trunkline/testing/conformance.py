"""What every task must keep to, as tests that a plugin inherits.

class TestReadability(TaskConformance):
    task = Readability()
    examples = [ReadabilityExample(text="The cat sat.", grade=1), ...]
"""

from __future__ import annotations

from trunkline.testing.answering import Answering
from trunkline.testing.declaring import Declaring
from trunkline.testing.heads import Heads
from trunkline.testing.learning import Learning


class TaskConformance(Declaring, Heads, Learning, Answering):
    """Subclass it in a test file, set `task` and `examples`, and every test here is yours."""
