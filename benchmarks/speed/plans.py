"""Versions as the benchmark wants them: which task, where they leave the trunk, how many labels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """A version of seeded weights; its name says all that makes it what it is."""

    trunk: str  # "minilm" or "bert-base"
    task: str  # "classification" or "ner"
    fork: int
    branch: int
    number: int = 0  # tells versions apart that are alike: the seed of their weights
    labels: int = 20
    low_rank: bool = False  # the branch differs from the trunk by LoRA alone, so that libraries of adapters have it too

    @property
    def layers(self) -> int:
        """Layers of the whole model that answers the same."""
        return self.fork + self.branch

    @property
    def name(self) -> str:
        kind = "-lora" if self.low_rank else ""
        return f"{self.task[:3]}-{self.fork}-{self.branch}-{self.labels}-{self.number}{kind}"

    @property
    def reference(self) -> str:
        return f"{self.task}/{self.name}@1"


def tasks(trunk: str, count: int, fork: int, branch: int) -> list[Plan]:
    """Give `count` tasks that leave at one place: intents, and each fourth a tagger."""
    return [
        Plan(trunk, "ner" if number % 4 == 3 else "classification", fork, branch, number, 8 if number % 4 == 3 else 20)
        for number in range(count)
    ]
