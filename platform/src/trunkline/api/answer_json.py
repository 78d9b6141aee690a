"""Answers written as JSON once and piece by piece, so that no single call holds the interpreter for long."""

from __future__ import annotations

import base64
import gc
import json
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel
from starlette.background import BackgroundTask
from starlette.responses import Response

from trunkline.errors import TrunklineError

_ROW = 4096  # numbers written in one call
_LARGE = 2**17  # characters in a body


def text_of(answer: BaseModel) -> str:
    """Write what a task answered; it was validated when it was made."""
    return answer.model_dump_json(by_alias=True)


def array_of(parts: Iterable[str]) -> str:
    return f"[{','.join(parts)}]"


def object_of(parts: Iterable[tuple[str, str]]) -> str:
    return f"{{{','.join(f'{json.dumps(name)}:{part}' for name, part in parts)}}}"


def numbers_of(numbers: NDArray[np.float32] | NDArray[np.int32]) -> str:
    """Write an array of one or two axes. Raises `TrunklineError` for what JSON has no number for."""
    if not np.isfinite(numbers).all():
        raise TrunklineError(
            "the answer holds numbers that are not finite, which JSON cannot say: the model is at fault"
        )
    if numbers.ndim > 1:
        return array_of(numbers_of(row) for row in numbers)
    starts = range(0, len(numbers), _ROW)
    return array_of(json.dumps(numbers[at : at + _ROW].tolist(), separators=(",", ":"))[1:-1] for at in starts)


def base64_of(numbers: NDArray[np.float32]) -> str:
    """Write an array as the base64 of its bytes, little-endian, row by row."""
    return f'"{base64.b64encode(np.ascontiguousarray(numbers, dtype="<f4").data).decode()}"'


def responded(body: str) -> Response:
    """Respond with JSON; after a large answer what it was made of, which futures hold in cycles, is let go at once."""
    after = BackgroundTask(gc.collect) if len(body) > _LARGE else None
    return Response(body.encode(), media_type="application/json", background=after)


def one_or_list(texts: Sequence[str], many: bool) -> Response:
    """Respond with a list, or with the only one."""
    return responded(array_of(texts) if many else texts[0])
