"""What a classifier is asked, and what it answers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from trunkline import TaskRequest, TaskResponse


class ClassificationRequest(TaskRequest):
    """One text, or a pair of texts, to be labelled."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "My parcel is three days late, where is it?", "top_k": 3}]}
    )

    text: str = Field(description="the text")
    text_pair: str | None = Field(None, description="a second text that is read together with the first")
    top_k: int = Field(5, ge=1, description="how many of the likeliest labels `scores` lists at most")
    threshold: float | None = Field(
        None, ge=0, le=1, description="probability that a label needs; default: the version's own"
    )


class LabelScore(BaseModel):
    """A label with its probability."""

    model_config = ConfigDict(extra="forbid")

    label: str
    score: float = Field(ge=0, le=1, description="probability, calibrated on dev data where the version was tuned")


class ClassificationResponse(TaskResponse):
    """The labels of one text, likeliest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": "classification/intents@3",
                    "label": "late_delivery",
                    "labels": None,
                    "score": 0.91,
                    "scores": [{"label": "late_delivery", "score": 0.91}, {"label": "tracking", "score": 0.06}],
                    "out_of_scope_label": None,
                }
            ]
        }
    )

    label: str | None = Field(description="the likeliest label; null where it stays under the threshold")
    labels: list[str] | None = Field(
        None, description="of a multi-label model: every label that reaches the threshold, likeliest first"
    )
    score: float = Field(ge=0, le=1, description="probability of the likeliest label, also where `label` is null")
    scores: list[LabelScore] = Field(description="the `top_k` likeliest labels, likeliest first")
    out_of_scope_label: str | None = Field(
        None, description="what the model's own data calls texts outside all labels, where it has such texts"
    )
