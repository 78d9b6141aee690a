"""What a version may lose on a faster engine: some of its primary metric, some answers that were the reference's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trunkline.contract.head_task import HeadTask
from trunkline.errors import InvalidInput, QualityLost
from trunkline.evaluation.measure import Measurement
from trunkline.export.comparison import Comparison

FEW_EQUAL = 0.95
"""The share of equal answers under which a warning tells so: of twenty users one or more would see another answer."""


SHARE = 0.005
"""Of a primary metric's range, so much may be lost where nothing is said."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Both hold against torch in fp32 on the same data. Raises `InvalidInput` for what is out of range."""

    max_drop: float  # of the primary metric, in its own units
    min_agreement: float | None = None  # share of equal answers, their scores left aside; None: any
    top: float = 1.0  # of the primary metric

    @classmethod
    def of(cls, task: HeadTask[Any, Any, Any], max_drop: float | None, min_agreement: float | None) -> Limits:
        """Take what was asked for, or what is usual in the units of the task's metric."""
        top = task.primary_metric_top
        return cls(SHARE * top if max_drop is None else max_drop, min_agreement, top)

    def __post_init__(self) -> None:
        if not 0 <= self.max_drop <= self.top:
            raise InvalidInput(f"max_drop {self.max_drop:g}: give 0 to {self.top:g}, such as {SHARE * self.top:g}")
        if self.min_agreement is not None and not 0 <= self.min_agreement <= 1:
            raise InvalidInput(f"min_agreement {self.min_agreement}: give 0 to 1, such as 0.95")

    def check(
        self, model: str, task: HeadTask[Any, Any, Any], exact: Measurement, found: Measurement, held: Comparison
    ) -> float:
        """Give how much of the primary metric is lost; below zero: a gain. Raises `QualityLost` where a limit is."""
        before, after = (one.draft.metrics[task.primary_metric].value for one in (exact, found))
        drop = before - after if task.higher_is_better else after - before
        engine = f"{model} on {found.draft.backend} {found.draft.precision}"
        if drop > self.max_drop:
            raise QualityLost(
                f"{engine}: {task.primary_metric} {after:.4f} where torch fp32 has {before:.4f}: more than "
                f"{self.max_drop} is lost; nothing was recorded. Take another precision, or allow it with --max-drop"
            )
        if self.min_agreement is not None and held.same_answers < self.min_agreement:
            raise QualityLost(
                f"{engine}: {held.same_answers:.2%} of the answers are those of torch fp32, where "
                f"{self.min_agreement:.2%} is asked for; nothing was recorded. Take another precision, or allow it "
                f"with a lower --min-agreement"
            )
        return drop


def warning(held: Comparison) -> str | None:
    """Tell in a line that many answers changed, though the metric may not show it; None where few did."""
    if held.same_answers >= FEW_EQUAL:
        return None
    return (
        f"warning: {1 - held.same_answers:.1%} of the answers differ from those of torch fp32, which the metric alone "
        f"does not show where some turn right as others turn wrong; --min-agreement {FEW_EQUAL} refuses such an engine"
    )
