"""Plain sentences: when sharing does not pay, and what would make it."""

from __future__ import annotations

from estimate_shapes import INTENTS, TICKETS, counted

from trunkline.estimate.estimate import Estimate
from trunkline.estimate.log import Sizes
from trunkline.estimate.memory import Memory
from trunkline.estimate.sharing import layers
from trunkline.estimate.traffic import Traffic
from trunkline.estimate.verdict import verdict


def told(traffic: Traffic, memory: Memory | None = None, within: float | None = None) -> str:
    return " ".join(verdict(Estimate(traffic, layers(traffic), Sizes(0.25, 2, 9.0), None, within, memory)))


def test_full_branches_and_texts_of_one_task_save_memory_alone() -> None:
    """4 + 2 of 6 layers for either text; with one layer each it would be 12 against 10."""
    said = told(counted(("a", INTENTS), ("b", INTENTS)), Memory(400 * 2**20, 300 * 2**20))
    assert "next to no arithmetic here (1.00 x): 0.0% of the texts meet several tasks" in said
    assert "100% of their trunks' layers" in said
    assert "saves 100 MiB of weights, 25% of whole models" in said
    assert "With branches of one layer it would be 1.20 x" in said


def test_shared_texts_pay() -> None:
    said = told(counted(("a", INTENTS), ("a", TICKETS)))
    assert said.startswith("Sharing pays: whole models would run 1.71 x the layers; 1.20 x comes from branches")
    assert "1.43 x from texts" in said


def test_no_shorter_branch_is_offered_where_there_is_none() -> None:
    assert "one layer" not in told(counted(("a", TICKETS)))


def test_one_version_saves_no_memory() -> None:
    assert "no memory" in told(counted(("a", INTENTS)), Memory(100, 120))


def test_texts_that_meet_tasks_at_different_times_are_told() -> None:
    apart = counted(("a", INTENTS, 10.0, 0.0), ("a", TICKETS, 10.0, 60.0))
    assert "100.0% of the texts meet several tasks, but seldom within 1 s: asked together" in told(apart, within=1.0)
    together = counted(("a", INTENTS, 10.0, 0.0), ("a", TICKETS, 10.0, 0.5))
    assert "seldom" not in told(together, within=1.0)
