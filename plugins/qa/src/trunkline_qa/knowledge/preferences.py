"""What a knowledge base is searched by, as its owner set it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from trunkline import CorruptArtifact, InvalidInput

Precision = Literal["float32", "float16"]
MOST_PREFIX = 200  # characters


class Preferences(BaseModel):
    """How passages become vectors, and how near a stored question must be to be the one that was asked."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"trunk": "minilm", "faq_threshold": 0.85}]},
    )

    vectors: bool = Field(True, description="false: passages are found by their words alone")
    trunk: str | None = Field(
        None,
        max_length=200,
        description="vectors are the means of this trunk's last states; its name or the start of its id; left out "
        "with `model` too: the only trunk there is",
    )
    model: str | None = Field(
        None, max_length=200, description="vectors are those of this version of task retrieval, instead of a trunk's"
    )
    query_prefix: str = Field("", max_length=MOST_PREFIX, description='put before a question: "query: " for e5')
    passage_prefix: str = Field("", max_length=MOST_PREFIX, description='put before a passage: "passage: " for e5')
    precision: Precision = Field("float32", description="how vectors are kept: float16 takes half the room")
    faq_threshold: float = Field(
        0.8, ge=0, le=1, description="how like the question a stored one must be for its answer to be given"
    )

    reader: str | None = Field(
        None,
        max_length=200,
        description="what the trunk makes of passages is kept for this version of task qa, which reads question and "
        "passage apart (tuned with --joined-at); left out: nothing is kept",
    )
    states_mib: int = Field(
        1024, ge=1, description="MiB of that at most; passages beyond it are read when they are asked"
    )

    @model_validator(mode="after")
    def _one_source(self) -> Preferences:
        if self.trunk is not None and self.model is not None:
            raise ValueError("vectors come of a `trunk` or of a `model`, not of both: leave one out")
        return self

    def changed(self, given: Mapping[str, Any]) -> Preferences:
        """Give these with the fields of `given` in their place; to name a trunk drops the model, and the reverse.

        Raises `InvalidInput`.
        """
        merged = {**self.model_dump(), **given}
        for named, other in (("trunk", "model"), ("model", "trunk")):
            if given.get(named) is not None and given.get(other) is None:
                merged[other] = None
        try:
            return Preferences.model_validate(merged)
        except ValidationError as error:
            told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}".lstrip(": ") for one in error.errors())
            raise InvalidInput(f"settings of a knowledge base: {told}") from None


def stored(settings: Mapping[str, Any]) -> Preferences:
    """Read the settings that a base keeps. Raises `CorruptArtifact`."""
    try:
        return Preferences.model_validate(dict(settings))
    except ValidationError as error:
        raise CorruptArtifact(
            f"the settings of the knowledge base cannot be read ({error.error_count()} fields are wrong): "
            "they were written by another release, or are damaged; set them again"
        ) from None
