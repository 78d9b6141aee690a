"""The inference door of one request: what a task gets to see of the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from trunkline.contract.inference import Answer
from trunkline.errors import DeadlineExceeded, InvalidInput
from trunkline.records import TrunkInfo, Version
from trunkline.serving.dispatch import Ask, Dispatcher
from trunkline.serving.keeping import KeptSides
from trunkline.serving.reader import Remembered
from trunkline.serving.reply import Reply
from trunkline.serving.storage import Storage
from trunkline.serving.terms import Terms
from trunkline.trunk.inputs import EncoderInput
from trunkline.trunk.states import HiddenStates
from trunkline.trunk.tokenizer import Tokenizer


class Door:
    """An `Inference` whose calls together are on the same terms."""

    def __init__(self, dispatcher: Dispatcher, storage: Storage, terms: Terms) -> None:
        self.terms = terms
        self._dispatcher = dispatcher
        self._storage = storage

    async def predict(self, task: str, model: str | None, inputs: Sequence[EncoderInput]) -> Answer:
        return await self._answer(Ask(tuple(inputs), task, model))

    async def generate(
        self, task: str, model: str | None, inputs: Sequence[EncoderInput], prompts: Sequence[Any]
    ) -> Answer:
        if len(inputs) != len(prompts):
            raise InvalidInput(f"{len(inputs)} inputs and {len(prompts)} prompts: give one prompt to each input")
        with self._dispatcher.active():
            remembered = await self._answer(Ask(tuple(inputs), task, model))
            if not inputs:
                return remembered
            return Answer(remembered.model, await self._written(remembered.predictions, prompts))

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

    async def _send(self, ask: Ask, reply: Reply) -> None:
        await self._dispatcher.send([(ask, reply)], self.terms)

    async def _written(self, remembered: Sequence[Any], prompts: Sequence[Any]) -> Sequence[Any]:
        """Have an answer written to each memory; they are all of one version."""
        if not isinstance(remembered[0], Remembered):
            raise InvalidInput("this version labels what it reads and has no decoder to write with: ask predict")
        future = remembered[0].generator.submit([one.memory for one in remembered], prompts)
        try:
            async with asyncio.timeout(self.terms.deadline - monotonic()) as scope:
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            if not scope.expired():
                raise
            raise DeadlineExceeded(
                f"not all was written within {self.terms.seconds:g} s: send less text at once, or allow more time"
            ) from error
        finally:
            future.cancel()  # without effect on one that has its answers

    async def _answer(self, ask: Ask) -> Answer:
        reply = Reply()
        with self._dispatcher.active():
            try:
                async with asyncio.timeout(self.terms.deadline - monotonic()) as scope:
                    await self._send(ask, reply)
                    return await asyncio.wrap_future(reply.future)
            except TimeoutError as error:
                if not scope.expired():
                    raise
                raise DeadlineExceeded(
                    f"no answer within {self.terms.seconds:g} s: send less text at once, or allow more time"
                ) from error
            finally:
                reply.future.cancel()  # without effect on one that has its answer
