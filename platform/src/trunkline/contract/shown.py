"""What a model's own example shows."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError


def example_of(model: type[BaseModel]) -> dict[str, Any]:
    """Give the example that a model's schema carries, or an empty object."""
    extra = model.model_config.get("json_schema_extra")
    examples = extra.get("examples") if isinstance(extra, dict) else None
    first = examples[0] if isinstance(examples, list) and examples else {}
    return dict(first) if isinstance(first, dict) else {}


def wanted(model: type[BaseModel], given: str) -> dict[str, Any]:
    """Give what of a request's example must be said besides the field `given` and the model.

    That is what is required; or all of it, where that is not enough: of two fields one may be, which neither says.
    """
    example = example_of(model)
    fields = {name: value for name, value in example.items() if name not in (given, "model")}
    required = {name: value for name, value in fields.items() if model.model_fields[name].is_required()}
    try:
        model.model_validate({given: example.get(given), **required})
    except ValidationError:
        return fields
    return required
