"""What a user may choose when tuning a classifier."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from trunkline import HeadOptions
from trunkline_classification.example import SEPARATOR

Pooling = Literal["mean", "first", "native"]
ThresholdRule = Literal["auto", "fit", "none"] | Annotated[float, Field(ge=0, le=1)]


class ClassificationOptions(HeadOptions):
    """The defaults suit a single-label task of any number of labels."""

    multi_label: bool = Field(
        False,
        description="a text may have several labels, or none; in CSV and TSV the column `label` has them "
        f"separated by {SEPARATOR}, as in billing{SEPARATOR}refund (a column of another name: --column label=NAME)",
    )
    class_weights: Literal["none", "balanced"] = Field(
        "none", description="balanced: rare labels weigh more in the loss, in proportion"
    )
    pooling: Pooling = Field("mean", description="mean over tokens, the first token, or the family's native head")
    out_of_scope_label: str | None = Field(
        None, description="label of rows that belong to no class: not learnt, they fit the threshold on dev"
    )
    threshold: ThresholdRule = Field(
        "auto",
        description="probability below which the answer is none of these; fit: found on dev; none: no threshold "
        "(0.5 where there are several labels); auto: fit where there is an out-of-scope label, else none",
    )
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="share of the target spread over all labels")
    dropout: float | None = Field(
        None, ge=0, lt=1, description="before the last layer; default 0.1, or what a native head has"
    )
