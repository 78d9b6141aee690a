"""`POST /v1/hidden-states`: a trunk's states of texts at one layer, as numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Discriminator, Field

from trunkline.api.answer_json import array_of, base64_of, numbers_of, object_of, responded
from trunkline.api.problems import RESPONSES, InvalidRequest
from trunkline.api.request_terms import RequestTerms, terms_of
from trunkline.api.strict_json import ShuntingRoute
from trunkline.api.task_routes import TextOrTexts, one_or_many
from trunkline.errors import InvalidInput
from trunkline.records import TrunkInfo
from trunkline.serving.reader import TooManyTokens
from trunkline.settings import Settings
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.states import HiddenStates, Pooling

if TYPE_CHECKING:
    from trunkline.serving.engine import Engine
    from trunkline.store.registry import Registry


class HiddenStatesRequest(BaseModel):
    """Which states of which texts, and how they are written."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": "Where is my order?", "pooling": "mean"}]}
    )

    text: Annotated[TextOrTexts, Discriminator(one_or_many)] = Field(description="one text or a list")
    trunk: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99})?$",
        description="its name, or the start of its id; may be left out where one is served",
    )
    layer: int | None = Field(None, ge=0, le=1024, description="0: the embeddings; default: the last")
    pooling: Pooling = Field("mean", description="none: every token; mean: over tokens; first: the leading token")
    encoding: Literal["float", "base64"] = Field("float", description="base64: little-endian float32, row by row")


class States(BaseModel):
    """The states of one text."""

    index: int = Field(description="the text's place in the request")
    shape: list[int] = Field(description="[width], or [tokens, width] without pooling")
    states: list[float] | list[list[float]] | str = Field(description="numbers, or base64 of them")
    offsets: list[tuple[int, int]] | None = Field(
        None, description="without pooling: each token's half-open code points in the text"
    )


class HiddenStatesResponse(BaseModel):
    """The states of all texts, in the request's order."""

    trunk: str = Field(description="the trunk's id")
    layer: int
    pooling: Pooling
    encoding: Literal["float", "base64"]
    data: list[States]


_EXAMPLE = {
    "trunk": "9f2c41d0",
    "layer": 6,
    "pooling": "mean",
    "encoding": "float",
    "data": [{"index": 0, "shape": [4], "states": [0.12, -0.4, 0.03, 1.1], "offsets": None}],
}


class TooManyNumbers(InvalidInput):
    """An answer beyond `answer_numbers`."""

    status = 413
    title = "The answer would be too large"


def write(head: Mapping[str, Any], found: Sequence[Sequence[HiddenStates]], pooling: Pooling, encoding: str) -> str:
    """Write a `HiddenStatesResponse`, straight from arrays; takes seconds where they are large."""
    data = array_of(_states(index, states, pooling, encoding) for index, [states] in enumerate(found))
    return object_of([*((name, json.dumps(value)) for name, value in head.items()), ("data", data)])


def _states(index: int, states: HiddenStates, pooling: Pooling, encoding: str) -> str:
    """Write the `States` of one text."""
    numbers = states.pooled(pooling)
    fields = {
        "index": json.dumps(index),
        "shape": json.dumps(numbers.shape),
        "states": base64_of(numbers) if encoding == "base64" else numbers_of(numbers),
        "offsets": numbers_of(states.offsets) if pooling == "none" else "null",
    }
    return object_of(fields.items())


def most_rows(width: int, encoding: str, settings: Settings) -> int:
    """Give how many rows of `width` numbers one answer may hold; a number in base64 takes a quarter of the bytes."""
    return settings.answer_numbers * (4 if encoding == "base64" else 1) // width


def _too_many(rows: int, most: int, width: int, body: HiddenStatesRequest) -> TooManyNumbers:
    fewer = ["less text at once"]
    fewer += ['"pooling": "mean"'] if body.pooling == "none" else []
    fewer += ['"encoding": "base64", which may have four times as many'] if body.encoding == "float" else []
    return TooManyNumbers(
        f"{rows} rows of {width} numbers; one answer has at most {most * width} numbers in this encoding: "
        f"ask for {' or '.join(fewer)}"
    )


def _layer(asked: int | None, trunk: TrunkInfo) -> int:
    if asked is not None and asked > trunk.n_layers:
        raise InvalidInput(f"layer {asked} is above the last: trunk {trunk.name!r} has {trunk.n_layers} layers")
    return trunk.n_layers if asked is None else asked


class Trunks:
    """Finds the trunk that a request means; a trunk never changes, so each is read once."""

    def __init__(self, engine: Engine, registry: Registry) -> None:
        self._engine = engine
        self._registry = registry
        self._known: dict[str, TrunkInfo] = {}

    async def find(self, wanted: str | None) -> TrunkInfo:
        """Find by name or start of id; None is the only one. Raises `NotFound`, `InvalidInput`."""
        meant = await anyio.to_thread.run_sync(self._only) if wanted is None else wanted
        if meant not in self._known:
            found = await anyio.to_thread.run_sync(self._registry.trunk, meant)
            if meant != found.id:  # a name may come to mean another trunk
                return found
            self._known[meant] = found
        return self._known[meant]

    def _only(self) -> str:
        served = {version.trunk_id for version in self._engine.served}
        if len(served) != 1:
            told = sorted(f"{self._registry.trunk(trunk).name} ({trunk[:12]})" for trunk in served)
            many = f"{len(served)} trunks are served" if served else "no trunk is served"
            remedy = f'"trunk" must say which one to read, by name or the start of its id: {" or ".join(told)}'
            missing = {"loc": ("body", "trunk"), "msg": many, "type": "missing"}
            raise InvalidRequest([missing], f"{many}: {remedy if served else 'tune or import a model first'}")
        return served.pop()


def hidden_states_router(engine: Engine, registry: Registry) -> APIRouter:
    """Make the router of `POST /v1/hidden-states`."""
    router = APIRouter(prefix="/v1", route_class=ShuntingRoute)
    trunks = Trunks(engine, registry)

    async def hidden_states(body, headers):  # type: ignore[no-untyped-def]  # typed below
        """Give hidden states of texts at one layer of a trunk."""
        trunk = await trunks.find(body.trunk)
        layer = _layer(body.layer, trunk)
        texts = body.text if isinstance(body.text, list) else [body.text]
        most = most_rows(trunk.width, body.encoding, engine.settings)
        if len(texts) > most:
            raise _too_many(len(texts), most, trunk.width, body)
        inputs = [EncoderInput(text) for text in texts]
        try:
            door = engine.door(terms_of(headers, engine.settings))
            found = await door.hidden_states(trunk.id, inputs, [layer], most if body.pooling == "none" else None)
        except TooManyTokens as error:
            raise _too_many(error.tokens, most, trunk.width, body) from None
        head = {"trunk": trunk.id, "layer": layer, "pooling": body.pooling, "encoding": body.encoding}
        return responded(await anyio.to_thread.run_sync(write, head, found, body.pooling, body.encoding))

    hidden_states.__annotations__ = {
        "body": Annotated[HiddenStatesRequest, Body()],
        "headers": RequestTerms,
        "return": HiddenStatesResponse,
    }
    router.add_api_route(
        "/hidden-states",
        hidden_states,
        methods=["POST"],
        summary="A trunk's states of texts",
        tags=["trunks"],
        response_model=HiddenStatesResponse,
        responses={**RESPONSES, 200: {"content": {"application/json": {"example": _EXAMPLE}}}},
    )
    return router
