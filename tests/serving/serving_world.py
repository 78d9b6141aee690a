"""A small world to serve in tests: two toy tasks, a catalog in memory, versions of random weights."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from tiny import WORDS
from trunkline import (
    EncoderInput,
    HeadTask,
    Settings,
    TaskRequest,
    TaskResponse,
    TrunkInfo,
    Version,
    hookimpl,
    load_plugins,
)
from trunkline.contract.plugins import Plugins
from trunkline.records import BranchSpec

LABELS = 5


class ToyExample(BaseModel):
    text: str


class ToyRequest(TaskRequest):
    text: str
    pair: str | None = None


class ToyResponse(TaskResponse):
    prediction: Any = None


class ToyTask(HeadTask[ToyRequest, ToyResponse, ToyExample]):
    """What the two toys share; only inference matters here."""

    request_model = ToyRequest
    response_model = ToyResponse
    example_model = ToyExample
    target_axes = {}
    primary_metric = "none"

    def request(self, example):
        return ToyRequest(model=None, text=example.text)

    def encoder_inputs(self, request):
        return [EncoderInput(request.text, request.pair)]

    def head_config(self, examples, options, trunk):
        return {}

    def targets(self, example, encoded, config):
        return {}

    def respond(self, request, predictions):
        return ToyResponse(prediction=predictions[0])

    def score(self, responses, examples):
        return {}

    def loss(self, outputs, targets, config):
        raise NotImplementedError


class LabelTask(ToyTask):
    """One label for the whole text."""

    name = "label"
    summary = "Label a text."
    output_axes = {"logits": "text"}

    def decode(self, outputs, encoded, config):
        if config.get("slow"):
            config["slow"].wait(5)
        if config.get("unreadable") and "[poison]" in encoded.source.text:
            raise ValueError("cannot decode this")
        scores = softmax(outputs["logits"])
        return {"label": int(scores.argmax()), "scores": scores.tolist()}

    def build_head(self, config, width):
        from serving_heads import LabelHead

        return LabelHead(width, LABELS, raises=config.get("raises", ""))


class TagTask(ToyTask):
    """One label for each token."""

    name = "tag"
    summary = "Tag tokens."
    output_axes = {"logits": "token"}

    def decode(self, outputs, encoded, config):
        assert len(outputs["logits"]) == len(encoded)
        scores = softmax(outputs["logits"]) if len(encoded) else np.zeros((0, LABELS))
        spans = [(int(start), int(end)) for start, end in encoded.offsets]
        return {"spans": spans, "labels": scores.argmax(-1).tolist(), "scores": scores.tolist()}

    def build_head(self, config, width):
        from serving_heads import TagHead

        return TagHead(width, LABELS)


def softmax(logits):
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


class ToyPlugin:
    @hookimpl
    def register_tasks(self) -> Sequence[Any]:
        return [LabelTask(), TagTask()]


def plugins() -> Plugins:
    """The toy tasks, whatever else is installed."""
    loaded = load_plugins(extra=[ToyPlugin()])
    return Plugins(loaded.hooks, {name: task for name, task in loaded.tasks.items() if name in ("label", "tag")})


class World:
    """A catalog in memory whose aliases can be moved, over one tiny trunk."""

    def __init__(self, folder: Path, workplace: Path) -> None:
        from trunkline.backends.torch_backend import TorchBackend
        from trunkline.trunk.encoder import Encoder

        self.workplace = workplace
        self.plugins = plugins()
        self.backend = TorchBackend()
        self.encoder = Encoder.load(folder)
        self.trunk_infos: dict[str, TrunkInfo] = {}
        self.folders: dict[str, Path] = {}
        self.trunk_id = self.add_trunk("tiny", folder)
        self.entries: dict[tuple[str, str, int], Version] = {}
        self.pointers: dict[tuple[str, str, str], int] = {}
        self.number = 0
        self.loads: list[str] = []

    def add_trunk(self, name: str, folder: Path) -> str:
        trunk_id = f"{len(self.folders)}-{name}"
        self.folders[trunk_id] = folder
        self.trunk_infos[trunk_id] = TrunkInfo(
            id=trunk_id, name=name, family="bert", n_layers=3, width=32, max_length=64, config={}, layer_hashes=()
        )
        return trunk_id

    def add(
        self,
        task: str,
        name: str,
        fork: int = 3,
        branch: int = 0,
        reads: str = "last",
        seed: int = 0,
        trunk: str | None = None,
        config: Mapping[str, Any] = {},
    ) -> Version:
        """Add a version of random weights under the next number of its name."""
        import torch

        from trunkline.trunk.branch import BranchModule

        number = 1 + max((key[2] for key in self.entries if key[:2] == (task, name)), default=0)
        spec = BranchSpec(fork_layer=fork, branch_layers=branch, reads=reads)
        version = Version(
            task=task,
            name=name,
            trunk_id=trunk or self.trunk_id,
            tuning="layers" if branch else "head",
            branch=spec,
            head_config={},
            number=number,
            created_at=datetime.now(UTC),
        )
        version.head_config.update(config)  # tests put live objects there
        torch.manual_seed(1000 * seed + number)
        module = BranchModule(self.encoder, spec, self.plugins.head_task(task).build_head({}, 32))
        module.save(self.path(version))
        self.entries[task, name, number] = version
        self.number += 1
        return version

    def point(self, version: Version, alias: str = "production") -> None:
        self.pointers[version.task, version.name, alias] = version.number
        self.number += 1

    def path(self, version: Version) -> Path:
        return self.workplace / f"{version.task}-{version.name}-{version.number}.safetensors"

    # --- the Catalog protocol

    def revision(self) -> int:
        return self.number

    def versions(self) -> list[Version]:
        found = []
        for key, version in list(self.entries.items()):
            aliases = [alias for (*path, alias), number in self.pointers.items() if (*path, number) == key]
            found.append(version.model_copy(update={"aliases": tuple(aliases)}))
        return found

    def trunks(self) -> list[TrunkInfo]:
        return list(self.trunk_infos.values())

    def trunk_folder(self, trunk_id: str) -> Path:
        self.loads.append(trunk_id)
        return self.folders[trunk_id]

    def trunk_piece(self, trunk_id: str, kind: str) -> Mapping[str, Path]:
        return {}

    def version_piece(self, version: Version, kind: str) -> Mapping[str, Path]:
        return {}

    def weights(self, version: Version) -> Path:
        self.loads.append(version.reference)
        return self.path(version)

    def engine(self, **options: Any):
        """An engine that serves this world; every setting may be given."""
        from trunkline.serving.engine import Engine

        keywords = {name: options.pop(name) for name in ("models", "follow", "backend") if name in options}
        keywords.setdefault("backend", self.backend)
        keywords.setdefault("follow", False)
        settings = Settings(home=self.workplace / "home", **options)
        return Engine(self, self.plugins, settings, **keywords)


def random_texts(count: int, seed: int = 0, longest: int = 40) -> list[str]:
    """Texts of 0 to `longest` words, some far longer than a window."""
    source = random.Random(seed)
    texts = [" ".join(source.choices(WORDS, k=source.randrange(longest))) for _ in range(count)]
    texts[::50] = [" ".join(source.choices(WORDS, k=200)) for _ in texts[::50]]
    return texts


def assert_close(found: Any, expected: Any) -> None:
    """Same labels and spans, probabilities within 1e-5."""
    assert {**found, "scores": None} == {**expected, "scores": None}
    np.testing.assert_allclose(np.array(found["scores"]), np.array(expected["scores"]), atol=1e-5, rtol=0)
