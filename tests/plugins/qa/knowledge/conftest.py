"""An engine over a tiny trunk, and knowledge bases that are searched by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from trunkline import Answer, EncoderInput, Inference, NotFound, Settings, Version, load_plugins
from trunkline.records import BranchSpec
from trunkline.serving.catalog import RegistryCatalog
from trunkline.serving.engine import Engine
from trunkline.store.registry import Registry
from trunkline_qa.knowledge.bases import KnowledgeBase, KnowledgeBases
from trunkline_qa.knowledge.documents import Document, FAQPair
from trunkline_qa.knowledge.preferences import Preferences
from versions import add_trunk
from word_vectors import words_of


class Tuned:
    """An inference door with one tuned version of task retrieval beside what the engine has: vectors of words."""

    def __init__(self, engine: Inference, number: int = 1) -> None:
        self.engine = engine
        self.number = number
        self.asked: list[str] = []

    async def predict(self, task: str, model: str | None, inputs: Sequence[EncoderInput]) -> Answer:
        if task != "retrieval":
            return await self.engine.predict(task, model, inputs)
        self.asked += [one.text for one in inputs]
        return Answer(self.version_info(task, model).reference, [words_of(one.text) for one in inputs])

    async def hidden_states(self, *asked: Any) -> Any:
        return await self.engine.hidden_states(*asked)

    def trunk_info(self, name: str | None) -> Any:
        return self.engine.trunk_info(name)

    def version_info(self, task: str, model: str | None) -> Version:
        if task != "retrieval":
            return self.engine.version_info(task, model)
        number = int(model.partition("@")[2] or self.number) if model else self.number
        if number > self.number:
            raise NotFound.named("version of retrieval/words", str(number), [str(self.number)])
        return Version(
            task=task,
            name="words",
            number=number,
            trunk_id=self.trunk_info(None).id,
            tuning="head",
            branch=BranchSpec(fork_layer=1, branch_layers=0),
            head_config={},
            created_at=datetime.now(UTC),
        )

    def data_folder(self, plugin: str) -> Path:
        return self.engine.data_folder(plugin)


@pytest.fixture(scope="session")
def trunk_home(tmp_path_factory: pytest.TempPathFactory, tiny_trunk: Path) -> Path:
    """A TRUNKLINE_HOME with a tiny trunk and nothing else."""
    home = tmp_path_factory.mktemp("knowledge") / "home"
    with Registry.open(Settings(home=home)) as registry:
        add_trunk(registry, tiny_trunk)
    return home


@pytest.fixture(scope="session")
def engine(trunk_home: Path) -> Iterator[Engine]:
    settings = Settings(home=trunk_home, threads=1)
    registry = Registry.open(settings)
    with registry, Engine(RegistryCatalog(registry), load_plugins(), settings, follow=False) as engine:
        yield engine


@pytest.fixture
def tuned(engine: Engine) -> Tuned:
    return Tuned(engine)


@pytest.fixture
def bases(tmp_path: Path) -> Iterator[KnowledgeBases]:
    bases = KnowledgeBases(tmp_path)
    yield bases
    bases.shelf.close()


@pytest.fixture
def support(bases: KnowledgeBases) -> KnowledgeBase:
    """A base of the vectors of a tuned version: four documents and two FAQ pairs."""
    base = bases.create("support", Preferences(model="words", faq_threshold=0.6))
    base.store.put([*DOCUMENTS, *PAIRS])
    return base


DOCUMENTS = [
    Document(id="refunds", title="Refunds", text="Parcels that are lost are refunded within five days."),
    Document(id="returns", text="A jacket goes back within thirty days. The label is in the box."),
    Document(id="shops", text="The shop in Ghent opens at nine. The shop in Berlin opens at ten."),
    Document(id="chinese", text="包裹丢失后五天内退款。"),
]
PAIRS = [
    FAQPair(id="address", question="How do I change my address?", answer="Under My account, then Addresses."),
    FAQPair(id="phone", question="Is there a phone number?", answer="No: write to us."),
]
