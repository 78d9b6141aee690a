"""How graphs come to be, and the plain way: converted from PyTorch's modules."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from trunkline.backends.calibration import Calibration
from trunkline.backends.openvino_core import ov
from trunkline.backends.openvino_stem import OpenVinoStem
from trunkline.contract.decoder_task import DecoderTask, served_head
from trunkline.contract.head_task import HeadTask
from trunkline.errors import MissingExtra
from trunkline.records import TrunkInfo, Version


class Maker(Protocol):
    """One way to make graphs."""

    @property
    def calibration(self) -> Calibration | None:
        """What it quantizes on."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """What its graphs of stems and branches follow from besides."""
        ...

    def stem(self, folder: Path, info: TrunkInfo) -> ov.Model:
        """Make the stem of a trunk from its folder."""
        ...

    def branch(self, stem: OpenVinoStem, version: Version, weights: Path, task: HeadTask[Any, Any, Any]) -> ov.Model:
        """Make a version's branch, which is going to run on the states of `stem`."""
        ...

    def decoder(
        self, version: Version, weights: Path, task: DecoderTask[Any, Any, Any], width: int
    ) -> Mapping[str, ov.Model]:
        """Make the graphs of a version's decoder, over states of `width`; none where its task gives no modules."""
        ...

    def follows(self, stem: OpenVinoStem) -> Mapping[str, Any]:
        """Say what of its stem a branch depends on."""
        ...


class Conversion:
    """PyTorch's modules as they are: one graph for fp32 and for bf16. Raises `MissingExtra` without torch."""

    calibration = None
    facts: Mapping[str, Any] = {}

    def stem(self, folder: Path, info: TrunkInfo) -> ov.Model:
        _needs_torch()
        from trunkline.backends.openvino_conversion import stem_graph
        from trunkline.trunk.encoder import Encoder

        return stem_graph(Encoder.load(folder))

    def branch(self, stem: OpenVinoStem, version: Version, weights: Path, task: HeadTask[Any, Any, Any]) -> ov.Model:
        _needs_torch()
        from trunkline.backends.openvino_conversion import branch_graph
        from trunkline.trunk.branch import BranchModule
        from trunkline.trunk.encoder import Encoder

        encoder = Encoder.load(stem.folder)
        module = BranchModule(encoder, version.branch, served_head(task, version.head_config, encoder.width))
        module.load_weights(weights)
        return branch_graph(module.eval(), encoder)

    def decoder(
        self, version: Version, weights: Path, task: DecoderTask[Any, Any, Any], width: int
    ) -> Mapping[str, ov.Model]:
        _needs_torch()
        from trunkline.backends.openvino_decoder_conversion import decoder_graphs
        from trunkline.trunk.branch import load_head

        head = task.build_head(version.head_config, width)
        load_head(head, weights)
        modules = task.modules(head.eval().requires_grad_(False))
        return {} if modules is None else decoder_graphs(modules, width)

    def follows(self, stem: OpenVinoStem) -> Mapping[str, Any]:
        return {}


def _needs_torch() -> None:
    if not all(find_spec(name) for name in ("torch", "transformers")):
        raise MissingExtra.needed("converting a model for OpenVINO", "torch")
