"""For plugin authors: the conformance suite, hostile texts, and a tiny trunk that needs no download."""

import pytest

for _part in ("declaring", "heads", "learning", "answering"):
    pytest.register_assert_rewrite(f"trunkline.testing.{_part}")  # so that a failure shows both sides

from trunkline.testing.conformance import TaskConformance  # noqa: E402
from trunkline.testing.texts import HOSTILE_TEXTS  # noqa: E402
from trunkline.testing.tiny import TinyTrunk, tiny_trunk  # noqa: E402

__all__ = ["HOSTILE_TEXTS", "TaskConformance", "TinyTrunk", "tiny_trunk"]
