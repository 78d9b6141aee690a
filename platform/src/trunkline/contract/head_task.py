"""The common task: one head over the trunk."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from trunkline.contract.inference import Inference
from trunkline.contract.linear_head import LinearHead
from trunkline.contract.outputs import Outputs
from trunkline.contract.task import Request, Response, Task
from trunkline.records.trunk import TrunkInfo
from trunkline.trunk.inputs import Encoded, EncoderInput

if TYPE_CHECKING:
    import torch

Axis = Literal["text", "token", "slot", "sequence"]
"""What an array has rows for: the input or its tokens; of a decoder's memory, all slots of the one window, special
tokens among them; of its targets, what it should write."""
Targets = Mapping[str, NDArray[Any]]  # one input's targets, axes as `target_axes` says
HeadConfig = Mapping[str, Any]  # JSON: labels, calibration, thresholds, whatever the head needs

IGNORE = -100
"""The value of integer token targets where there is nothing to learn: special tokens and padding."""


class HeadOptions(BaseModel):
    """What a user may choose when tuning; each field becomes an option of `trunkline tune {task}`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


Example = TypeVar("Example", bound=BaseModel)


class HeadTask(Task[Request, Response], Generic[Request, Response, Example]):
    """A task whose version is one head (and its branch) over a trunk.

    Everything but `build_head` and `loss` runs without torch, so that a server of compiled versions needs none.
    The engine alone cuts long inputs into windows: a `text` output is averaged over them, a `token` output is
    taken from the window in which the token lies deepest. A task sees whole inputs only.
    """

    example_model: type[Example]  # one labelled row, validated
    options_model: type[HeadOptions] = HeadOptions
    output_axes: ClassVar[Mapping[str, Axis]]  # of what the head's forward returns
    target_axes: ClassVar[Mapping[str, Axis]]  # of what `targets` returns
    primary_metric: ClassVar[str]  # what early stopping and `auto` look at
    primary_metric_top: ClassVar[float] = 1.0  # what it ends at: 100 where it counts in points
    higher_is_better: ClassVar[bool] = True
    layers_rate: ClassVar[float] = 2e-4  # peak learning rate of layers that train, unless told otherwise; over 0
    together: ClassVar[bool] = False  # the inputs of an example, and those of its `group`, are learnt from in one batch

    async def run(self, request: Request, inference: Inference) -> Response:
        answer = await inference.predict(self.name, request.model, self.encoder_inputs(request))
        return self.respond(request, answer.predictions).model_copy(update={"model": answer.model})

    # --- what one row and one request mean; no torch

    @abstractmethod
    def request(self, example: Example) -> Request:
        """Ask what the labelled example answers (labels left behind)."""

    @abstractmethod
    def encoder_inputs(self, request: Request) -> Sequence[EncoderInput]:
        """Give the inputs that the trunk reads for `request`; usually one."""

    @abstractmethod
    def head_config(self, examples: Sequence[Example], options: HeadOptions, trunk: TrunkInfo) -> dict[str, Any]:
        """Learn from training data what the head must know beforehand, labels above all.

        Raises `DataError` where nothing can be learnt, as from a single class.
        """

    @abstractmethod
    def targets(self, example: Example, encoded: Encoded, config: HeadConfig) -> Targets:
        """Give what the head should have said of `encoded`; token targets have `len(encoded)` rows."""

    @abstractmethod
    def decode(self, outputs: Outputs, encoded: Encoded, config: HeadConfig) -> Any:
        """Turn one input's outputs into a prediction: plain data, no tensors."""

    def decode_all(self, outputs: Sequence[Outputs], encoded: Sequence[Encoded], config: HeadConfig) -> Sequence[Any]:
        """Decode several inputs, as `decode` would one by one; override it where all at once is cheaper:
        `stacked` gives one output of all.

        Where it raises, the inputs are decoded one by one, so that only those fail that must.
        """
        return [self.decode(one, whole, config) for one, whole in zip(outputs, encoded, strict=True)]

    def linear_head(self, config: HeadConfig) -> LinearHead | None:
        """Tell where `build_head` makes no more than one product, so that a version without layers of its own needs no
        graph and many such are computed together; None: it makes more. No torch.
        """
        return None

    @abstractmethod
    def respond(self, request: Request, predictions: Sequence[Any]) -> Response:
        """Shape predictions (one per encoder input) as the request wants them."""

    # --- quality; no torch

    def compared(self, responses: Sequence[Response], examples: Sequence[Example]) -> Sequence[Response]:
        """Hold all responses against each other, for measures that depend on the others: a rank among all texts.

        Called once, before they are scored; gives a response for each example.
        """
        return responses

    @abstractmethod
    def score(self, responses: Sequence[Response], examples: Sequence[Example]) -> dict[str, float]:
        """Measure responses against examples; called on a thousand resamples too, so keep it lean."""

    def report(self, responses: Sequence[Response], examples: Sequence[Example]) -> dict[str, Any]:
        """Detail a measurement as JSON: per class, confusion and so on. Called once."""
        return {}

    def figures(self, report: Mapping[str, Any]) -> dict[str, str]:
        """Draw a report: file name -> SVG text. Called once, only where plots are wanted."""
        return {}

    def correct(self, response: Response, example: Example) -> bool:
        """Tell whether a response is right as a whole, for the list of errors."""
        return self.score([response], [example]).get(self.primary_metric, 0.0) >= 1.0

    def training_examples(self, examples: Sequence[Example], options: HeadOptions) -> Sequence[Example]:
        """Keep the examples to learn from; the rest (out-of-scope ones) serve calibration only."""
        return examples

    def stratum(self, example: Example) -> str | None:
        """Name the group that a stratified split keeps in proportion, or None for a plain one."""
        return None

    def group(self, example: Example) -> str | None:
        """Name what a split must not tear apart: a text that several examples ask about. None: the example alone."""
        return None

    def warnings(self, examples: Sequence[Example]) -> Sequence[str]:
        """Tell what looks wrong in data that can still be used."""
        return []

    def check_training(self, examples: Sequence[Example], options: HeadOptions) -> Sequence[tuple[int, str]]:
        """Give (index, problem) for rows that cannot be learnt from; asked of all rows before a trunk is loaded.

        Raises `DataError` where rows that are right each by itself teach nothing together.
        """
        return []

    def check_examples(self, examples: Sequence[Example], config: HeadConfig) -> Sequence[tuple[int, str]]:
        """Give (index, problem) for examples that this version cannot be measured on: unknown labels."""
        return []

    def calibrate(
        self, outputs: Sequence[Outputs], encoded: Sequence[Encoded], examples: Sequence[Example], config: HeadConfig
    ) -> HeadConfig:
        """Fit what is fitted on dev data (temperature, thresholds); returns the configuration to keep.

        There is an output and an encoded input for each example.
        """
        return config

    # --- existing checkpoints; no torch

    import_suffixes: ClassVar[tuple[str, ...]] = ()  # of transformers' class names: "ForTokenClassification"

    def imported_config(self, hf_config: Mapping[str, Any], trunk: TrunkInfo) -> dict[str, Any]:
        """Give the head configuration of a fine-tuned transformers checkpoint, from its config.json."""
        raise NotImplementedError(f"{self.name} cannot import existing checkpoints")

    def imported_names(self, names: Sequence[str], config: HeadConfig) -> dict[str, str]:
        """Map the checkpoint's tensor names outside its encoder to the names in our head."""
        return {name: name for name in names}

    # --- tuning and export only; imports torch inside

    @abstractmethod
    def build_head(self, config: HeadConfig, width: int) -> torch.nn.Module:
        """Make the head: forward(hidden (B, T, width), mask (B, T) bool) -> {output name: Tensor}.

        A text output is (B, ...), a token output (B, T, ...). Position 0 is the leading special token.
        It must be exportable: no branches on data.
        """

    @abstractmethod
    def loss(
        self,
        outputs: Mapping[str, torch.Tensor],
        targets: Mapping[str, torch.Tensor],
        config: HeadConfig,
    ) -> torch.Tensor:
        """Give the mean loss, a scalar; targets are batched, token targets padded with `IGNORE`."""
