"""A long text is asked for in parts, of which a few are in hand: others' sentences come in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from translators import marian_folder
from trunkline import InvalidInput, Settings, load_plugins
from trunkline.serving.answers import ran
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry
from trunkline.tuning.importing import import_model
from trunkline_translation import answers, translating
from trunkline_translation.messages import TranslationRequest


class Watched:
    """An engine's door that remembers how much was in hand at once; it refuses a sentence that says so."""

    def __init__(self, door: Any) -> None:
        self._door = door
        self.in_hand = self.most = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._door, name)

    async def generate(self, task: str, model: str | None, inputs: Sequence[Any], prompts: Sequence[Any]) -> Any:
        self.in_hand += len(inputs)
        self.most = max(self.most, self.in_hand)
        try:
            if any("refuse me" in one.text for one in inputs):
                raise InvalidInput("this one is refused")
            return await self._door.generate(task, model, inputs, prompts)
        finally:
            self.in_hand -= len(inputs)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    settings = Settings(home=tmp_path_factory.mktemp("home"), threads=1, deadline_seconds=120)
    folder: Path = tmp_path_factory.mktemp("marian")
    marian_folder(folder)
    import_model("translation/tiny", folder, settings)
    with Registry.open(settings) as registry, Engine(RegistryCatalog(registry), load_plugins(), settings) as engine:
        yield engine


def request(text: str) -> TranslationRequest:
    return TranslationRequest(text=text, model="tiny", target_lang="deu", max_length=4, protect=False)


def test_few_parts_are_in_hand_and_none_is_lost(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"order {'and ' * (number % 5)}ada" for number in range(40)]
    whole = asyncio.run(translating.translated("translation", request("\n".join(lines)), engine.door()))
    monkeypatch.setattr(answers, "AT_ONCE", 1)
    monkeypatch.setattr(answers, "PARTS", 3)
    watched: Any = Watched(engine.door())
    apart = asyncio.run(translating.translated("translation", request("\n".join(lines)), watched))
    assert apart.translation == whole.translation
    assert watched.most == 3
    assert watched.in_hand == 0


def test_a_part_that_fails_ends_the_others(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "AT_ONCE", 1)
    watched: Any = Watched(engine.door())

    async def asked() -> None:
        text = "\n".join(["where is my order", "refuse me", "my card is lost", "ada met charles"])
        with pytest.raises(InvalidInput, match="this one is refused"):
            await translating.translated("translation", request(text), watched)
        await asyncio.sleep(0)
        assert watched.in_hand == 0

    asyncio.run(asked())


def test_many_requests_are_answered_in_order_whatever_the_queue_holds(engine: Engine) -> None:
    task = engine.plugins.head_task("translation")
    texts = [f"order {'and ' * (7 * number % 9)}ada {number}" for number in range(40)]
    expected = [ran(engine, task, "tiny", [request(text)])[0].translation for text in texts]
    settings = engine.settings.model_copy(update={"queue_requests": 12})
    with Registry.open(settings) as registry, Engine(RegistryCatalog(registry), load_plugins(), settings) as small:
        told = ran(small, task, "tiny", [request(text) for text in texts])
        assert [one.translation for one in told] == expected
        assert ran(small, task, "tiny", []) == []


def test_marks_that_fill_a_window_beside_the_language_are_left_out(engine: Engine) -> None:
    """The language's token is one of the window's."""
    text = "never never 9 anna lost ada charles 7 with late able order paris where account 4 thank cancel lost never"
    task = engine.plugins.head_task("translation")
    asked = TranslationRequest(text=text, model="tiny", target_lang="deu", max_length=8)
    [answer] = ran(engine, task, "tiny", [asked])
    assert all(number in answer.translation for number in "974")
