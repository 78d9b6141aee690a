"""A task whose head is a decoder: it writes its answer step by step, attending to the trunk's states."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from trunkline.contract.decoder_modules import DecoderModules
from trunkline.contract.generation import Generation, StepDecoder
from trunkline.contract.head_task import Axis, Example, HeadConfig, HeadOptions, HeadTask, Targets
from trunkline.contract.inference import Inference
from trunkline.contract.outputs import Outputs
from trunkline.contract.task import Request, Response
from trunkline.contract.whole_model import WholeGeneration, WholeModel
from trunkline.errors import DataError, InvalidInput
from trunkline.records.trunk import TrunkInfo
from trunkline.trunk.inputs import Encoded, EncoderInput

if TYPE_CHECKING:
    import torch

Files = Mapping[str, Path]
"""What a version keeps beside its weights, by name: the vocabulary that its decoder writes in."""


@dataclass(frozen=True, slots=True)
class ImportedHead:
    """A checkpoint's decoder."""

    config: dict[str, Any]  # JSON
    weights: Mapping[str, torch.Tensor]  # named as in the head
    files: Mapping[str, bytes]


class DecoderTask(HeadTask[Request, Response, Example]):
    """A task whose `run` asks `Inference.generate`, and whose versions start from one that can write already.

    The engine runs its decoder on a thread of the version's own. Each input of a version must fit into one window of
    its trunk: a task splits longer texts.
    """

    output_axes: ClassVar[Mapping[str, Axis]] = {"memory": "slot"}
    target_axes: ClassVar[Mapping[str, Axis]] = {"ids": "sequence"}

    @abstractmethod
    async def run(self, request: Request, inference: Inference) -> Response:
        """Answer one request through `inference.generate`."""

    # --- writing; no torch

    @abstractmethod
    def generation(self, decoder: StepDecoder, config: HeadConfig, files: Files) -> Generation:
        """Make what writes with a version's decoder; called once for each version that is loaded."""

    def decode(self, outputs: Outputs, encoded: Encoded, config: HeadConfig) -> Any:
        """Give the memory: what is written of it is `generation`'s."""
        return outputs["memory"]

    # --- existing checkpoints; no torch

    def converted(self, source: Path, scratch: Path) -> Path:
        """Give `source`, or a folder under `scratch` with the same model in the form that transformers saves."""
        return source

    def source_warnings(self, source: Path) -> Sequence[str]:
        """Tell what looks wrong in a checkpoint that can still be imported."""
        return []

    def alias_warnings(self, before: HeadConfig, after: HeadConfig) -> Sequence[str]:
        """Tell what those should know who ask by an alias that goes from one version to another."""
        return []

    @abstractmethod
    def imported_head(
        self, folder: Path, hf_config: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], tokenizer: str
    ) -> ImportedHead:
        """Make a head of a checkpoint's config.json and those of its tensors that are not the encoder's alone.

        `tokenizer` is the text of the tokenizer.json of what is written. Raises `InvalidInput` for what cannot be a
        head here.
        """

    # --- tuning; no torch

    def head_config(self, examples: Sequence[Example], options: HeadOptions, trunk: TrunkInfo) -> dict[str, Any]:
        raise DataError(
            [f"{self.name} learns from a version that can write already"], "Name it: --start TASK/NAME, or import one."
        )

    def continued(self, config: HeadConfig, options: HeadOptions) -> dict[str, Any]:
        """Give the configuration of a version that goes on from one with `config`."""
        return dict(config)

    def targets(self, example: Example, encoded: Encoded, config: HeadConfig) -> Targets:
        """Give nothing: what is to be written is told by `written`, for many at once."""
        return {}

    def learnt_inputs(self, example: Example, config: HeadConfig) -> Sequence[EncoderInput]:
        """Give what the trunk reads of an example to learn from, one text; a version may want more than a request's."""
        return self.encoder_inputs(self.request(example))

    @abstractmethod
    def written(self, examples: Sequence[Example], config: HeadConfig, files: Files) -> Sequence[Targets]:
        """Give what the decoder should write for each example: "ids", (tokens,) int64, its end among them.

        Raises `DataError` for examples whose target it cannot write.
        """

    @abstractmethod
    def step_decoder(self, head: torch.nn.Module, products: torch.dtype | None) -> StepDecoder:
        """Pack a loaded head for serving with torch, where it lies; products in the given type, or in the weights'."""

    def modules(self, head: torch.nn.Module) -> DecoderModules | None:
        """Give a loaded head in a form that engines of graphs can convert; None: they borrow torch's."""
        return None

    def hub_model(self, encoder: torch.nn.Module, head: torch.nn.Module, config: HeadConfig) -> torch.nn.Module:
        """Give transformers' model of both, for engines that convert those; `encoder` is transformers' own.

        Raises `InvalidInput` for a head without such a form.
        """
        raise InvalidInput(f"the decoders of {self.name} have no form in transformers")

    def whole_generation(self, model: WholeModel, config: HeadConfig, files: Files) -> WholeGeneration | None:
        """Make what writes with an engine's own model of encoder and decoder; None: `generation` alone writes."""
        return None

    @abstractmethod
    def taught(
        self,
        head: torch.nn.Module,
        hidden: torch.Tensor,
        mask: torch.Tensor,
        targets: Mapping[str, torch.Tensor],
        config: HeadConfig,
    ) -> Mapping[str, torch.Tensor]:
        """Give what `loss` wants of a head that is told what came before, with hidden (B, S, W) and mask (B, S) bool.

        "ids" of `targets` are (B, T), padded with `IGNORE`.
        """


def served_head(task: HeadTask[Any, Any, Any], config: HeadConfig, width: int) -> torch.nn.Module:
    """Make what stands on a version's branch in an engine's graph: its head; of a decoder, what passes states on."""
    if isinstance(task, DecoderTask):
        from trunkline.trunk.branch import PassedOn

        return PassedOn()
    return task.build_head(config, width)
