"""What is told of a failure."""

from __future__ import annotations

import pytest

from trunkline import DataError, InvalidInput, TrunklineError
from trunkline.errors import Overloaded
from trunkline.serving.gathering import told, twin


@pytest.mark.parametrize(
    "error", [Overloaded("full", retry_after=7.0), InvalidInput("bad"), DataError(["row 1", "row 2"], "mend them")]
)
def test_a_twin_says_the_same_and_is_another(error) -> None:
    other = twin(error)
    assert type(other) is type(error)
    assert (str(other), other.__dict__) == (str(error), error.__dict__)
    other.args = ("changed",)
    assert str(error) != "changed"


def test_a_foreign_error_is_told_without_its_words() -> None:
    """Libraries put the input into their messages."""
    shown = told(ValueError("the secret text"), "ner/tickets@4")
    assert type(shown) is TrunklineError
    assert str(shown) == "ner/tickets@4 failed on this input (ValueError); the log has the details"
    assert isinstance(shown.__cause__, ValueError)
