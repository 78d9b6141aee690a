"""The inference door of one request: what a task gets to see of the engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from trunkline.contract.inference import Answer
from trunkline.errors import DeadlineExceeded, InvalidInput
from trunkline.records import TrunkInfo, Version
from trunkline.serving.deployment import Loaded
from trunkline.serving.dispatch import Ask, Dispatcher
from trunkline.serving.generator import Generator
from trunkline.serving.keeping import KeptSides
from trunkline.serving.reader import VersionReader
from trunkline.serving.reply import Reply
from trunkline.serving.storage import Storage
from trunkline.serving.terms import Terms
from trunkline.serving.writer import Writer
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.states import HiddenStates
from trunkline.trunk.tokenizer import Tokenizer


class Door:
    """An `Inference` whose calls together are on the same terms."""

    def __init__(self, dispatcher: Dispatcher, storage: Storage, terms: Terms) -> None:
        self.terms = terms
        self._dispatcher = dispatcher
        self._storage = storage
        self._reading = asyncio.Lock()  # one at a time of the calls that have something written

    async def predict(self, task: str, model: str | None, inputs: Sequence[EncoderInput]) -> Answer:
        return await self._answer(Ask(tuple(inputs), task, model))

    async def generate(
        self, task: str, model: str | None, inputs: Sequence[EncoderInput], prompts: Sequence[Any]
    ) -> Answer:
        if len(inputs) != len(prompts):
            raise InvalidInput(f"{len(inputs)} inputs and {len(prompts)} prompts: give one prompt to each input")
        asked = Ask(tuple(inputs), task, model)
        with self._dispatcher.active():
            async with self._in_time("the model was not loaded"):
                loaded = await self._dispatcher.loaded(asked)
            writer = loaded.reader.writer if isinstance(loaded.reader, VersionReader) else None
            if writer is None:
                raise InvalidInput("this version labels what it reads and has no decoder to write with: ask predict")
            return Answer(loaded.reader.label, await self._written(loaded, writer, asked, prompts))

    async def token_counter(self, task: str, model: str | None) -> Tokenizer:
        return await self._dispatcher.tokenizer(task, model)

    async def hidden_states(
        self,
        trunk: str | None,
        inputs: Sequence[EncoderInput],
        layers: Sequence[int],
        most_tokens: int | None = None,
    ) -> Sequence[Sequence[HiddenStates]]:
        ask = Ask(tuple(inputs), trunk=trunk, layers=tuple(layers), most_tokens=most_tokens)
        return (await self._answer(ask)).predictions

    async def keeping(self, folder: Path, task: str, model: str | None) -> KeptSides | None:
        return await self._storage.keeping(folder, task, model)

    def trunk_info(self, name: str | None) -> TrunkInfo:
        return self._dispatcher.trunk_info(name)

    def version_info(self, task: str, model: str | None) -> Version:
        return self._dispatcher.version_info(task, model)

    def data_folder(self, plugin: str) -> Path:
        return self._storage.data_folder(plugin)

    def _pass(self) -> None:
        """Tell those who wait for what this door asks that it asks nothing now."""

    async def _send(self, ask: Ask, reply: Reply) -> None:
        await self._dispatcher.send([(ask, reply)], self.terms)

    async def _written(self, loaded: Loaded, writer: Writer, ask: Ask, prompts: Sequence[Any]) -> Sequence[Any]:
        """Have each answer written by the engine's own model where that can follow its prompt, else by the decoder."""
        found: list[Any] = [None] * len(prompts)
        ways: tuple[list[int], list[int]] = ([], [])
        for place, prompt in enumerate(prompts):
            ways[writer.follows(prompt)].append(place)
        for places, generator in zip(ways, (writer.attending, writer.whole), strict=True):
            if places and generator is not None:
                inputs = tuple(ask.inputs[place] for place in places)
                read = self._ids if generator is writer.whole else self._memories
                async with self._in_time("the text was not read"), self._reading:  # others' texts come in between
                    memories = await read(loaded, inputs)
                answers = await self._generated(generator, memories, [prompts[place] for place in places])
                for place, answer in zip(places, answers, strict=True):
                    found[place] = answer
        return found

    async def _ids(self, loaded: Loaded, inputs: Sequence[EncoderInput]) -> Sequence[Any]:
        self._pass()
        return await self._dispatcher.ids(loaded.lane, inputs, self.terms)

    async def _memories(self, loaded: Loaded, inputs: Sequence[EncoderInput]) -> Sequence[Any]:
        """Ask the version that was found: an alias may have moved on meanwhile."""
        return (await self._answer(Ask(inputs, model=loaded.reader.label))).predictions

    async def _generated(self, generator: Generator, memories: Sequence[Any], prompts: Sequence[Any]) -> Sequence[Any]:
        future = generator.submit(memories, prompts)
        try:
            async with self._in_time("not all was written"):
                return await asyncio.wrap_future(future)
        finally:
            future.cancel()  # without effect on one that has its answers

    async def _answer(self, ask: Ask) -> Answer:
        reply = Reply()
        with self._dispatcher.active():
            try:
                async with self._in_time("no answer"):
                    await self._send(ask, reply)
                    return await asyncio.wrap_future(reply.future)
            finally:
                reply.future.cancel()  # without effect on one that has its answer

    @asynccontextmanager
    async def _in_time(self, told: str) -> AsyncIterator[None]:
        """Keep the deadline. Raises `DeadlineExceeded`, which says what was not done by then."""
        try:
            async with asyncio.timeout(self.terms.deadline - monotonic()) as scope:
                yield
        except TimeoutError as error:
            if not scope.expired():
                raise
            raise DeadlineExceeded(
                f"{told} within {self.terms.seconds:g} s: send less text at once, or allow more time"
            ) from error
