"""What a tuning run may be asked for, checked before anything is read or computed."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from trunkline.errors import InvalidInput
from trunkline.names import check_name
from trunkline.records import BranchSpec
from trunkline.settings import Threads

Method = Literal["head", "layers", "full"]
Precision = Literal["auto", "fp32", "bf16"]
HeadReads = Literal["last", "mix"]
StemBackend = Literal["auto", "torch", "openvino"]


GOING_ON = 5e-5
"""Peak rate of what can write already. Firefox's decoder from English to Portuguese, four epochs on 300 paragraphs of
a handbook in batches of 16, had BLEU 59.9 on 80 others before, 60.5 after at this rate and 60.0 at 1e-4."""


class TuneConfig(BaseModel):
    """The complete wish: enough, with the data, to tune the same version again.

    Learning rates left out are chosen by what trains: the task's `layers_rate` for a branch (2e-4 for most), half of it
    where everything trains, 1e-3 for a head above trained layers, 1e-2 for a head alone; 5e-5 for all that goes on from
    a version that can write already, which forgets at higher ones.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    task: str
    name: str
    trunk: str = "minilm"
    start: str | None = Field(None, description="the version whose decoder it goes on from, on its trunk")
    tuning: Method = "layers"
    fork_layer: int | Literal["auto"] | None = None
    branch_layers: int | None = Field(None, ge=0)
    reads: HeadReads = "last"
    joined_at: int | None = Field(None, ge=1, description="the layer up to which the texts of a pair are read apart")
    epochs: int | None = Field(None, ge=1, le=10_000, description="4, or 10 for a head alone")
    batch_size: int = Field(32, ge=1, le=65_536)
    learning_rate: float | None = Field(None, gt=0, le=1)
    head_learning_rate: float | None = Field(None, gt=0, le=1)
    warmup: float = Field(0.1, ge=0, lt=1, description="share of the steps in which the rate rises")
    weight_decay: float = Field(0.01, ge=0)
    gradient_clip: float = Field(1.0, gt=0, description="largest norm of all gradients together")
    patience: int | None = Field(None, ge=1, description="epochs without a better dev metric before it stops")
    seed: int = Field(0, ge=0, lt=2**32)
    precision: Precision = "auto"
    stem_backend: StemBackend = Field("auto", description="what computes the hidden states that are kept")
    threads: Threads | None = None
    dev: Annotated[float, Field(allow_inf_nan=True)] | str = Field(
        0.1, description="share of the rows, or the file of its own"
    )
    columns: dict[str, str] = {}
    options: dict[str, Any] = {}
    keep_data: bool = True
    drop_bad_rows: bool = False
    tolerance: float = Field(0.01, ge=0, lt=1, description="relative loss that `auto` accepts for a cheaper version")
    include_full: bool = False
    cache_gib: float = Field(8.0, ge=0, description="largest cache of hidden states; larger ones are computed again")
    checkpoint_minutes: float = Field(10.0, gt=0, description="longest time between two checkpoints")

    @classmethod
    def checked(cls, **values: Any) -> Self:
        """Build from keywords. Raises `InvalidInput` with one line a problem."""
        try:
            return cls(**values)
        except ValidationError as error:
            raise InvalidInput("\n".join(_told(problem, cls) for problem in error.errors())) from None

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        try:
            return check_name(name, "model name")
        except InvalidInput as error:
            raise ValueError(str(error)) from None

    @field_validator("dev")
    @classmethod
    def _is_a_share(cls, dev: float | str) -> float | str:
        if isinstance(dev, float) and not 0 < dev < 1:
            raise ValueError("the share of rows kept for dev lies between 0 and 1; or name a file")
        return dev

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for wrong, remedy in _contradictions(self):
            if wrong:
                raise ValueError(remedy)
        return self

    def check_options(self, model: type[BaseModel]) -> None:
        """Raise `InvalidInput` where `options` are not what the task's options model takes."""
        try:
            model(**self.options)
        except ValidationError as error:
            raise InvalidInput("\n".join(f"option {_told(problem, model)}" for problem in error.errors())) from None

    @property
    def automatic(self) -> bool:
        return self.fork_layer == "auto"

    def spec(self, n_layers: int) -> BranchSpec:
        """Where a version leaves a trunk of `n_layers` layers. Raises `InvalidInput` where it cannot."""
        if self.automatic:
            raise InvalidInput("fork_layer auto has no one place: it is found by trying")
        if self.tuning == "full":
            return BranchSpec(fork_layer=n_layers, branch_layers=0, reads=self.reads)
        branch = 0 if self.tuning == "head" else self.branch_layers
        given = self.fork_layer if isinstance(self.fork_layer, int) else self.joined_at
        fork = _default_fork(self.tuning, branch, n_layers) if given is None else given
        if not 0 <= fork <= n_layers:
            raise InvalidInput(f"fork_layer {fork}: this trunk has {n_layers} layers, so it lies in 0 to {n_layers}")
        branch = n_layers - fork if branch is None else branch
        if fork + branch > n_layers:
            above = f"above layer {fork} of {n_layers} only {n_layers - fork} are left"
            raise InvalidInput(f"branch_layers {branch}: {above}; take fewer, or fork lower")
        if self.tuning == "layers" and branch == 0:
            raise InvalidInput(f"no layer would train above layer {fork}, the top: fork lower, or use --tuning head")
        return BranchSpec(fork_layer=fork, branch_layers=branch, reads="joined" if self.joined_at else self.reads)

    def check_place(self, n_layers: int) -> None:
        """Raise `InvalidInput` where a version cannot leave a trunk of `n_layers` layers."""
        if not self.automatic:
            self.spec(n_layers)

    def rates(self, spec: BranchSpec, full: bool, layers_rate: float) -> tuple[float, float]:
        """Peak learning rates of the branch, or of the whole encoder where `full`, and of the head (and a mix).

        `layers_rate` is what layers learn with in this task unless told otherwise.
        """
        if self.start is not None:  # the head has learnt already
            branch = self.learning_rate or GOING_ON
            return branch, self.head_learning_rate or branch
        branch = self.learning_rate or (layers_rate / 2 if full else layers_rate)
        given = self.head_learning_rate or (self.learning_rate if self.tuning == "head" else None)
        return branch, given or (1e-2 if _alone(spec, full) else 1e-3)

    def patience_of(self, epochs: int) -> int:
        """Epochs without a gain: half of them by default, since most is gained late, as the rate falls."""
        return self.patience or max(3, epochs // 2)

    def epochs_of(self, spec: BranchSpec, full: bool) -> int:
        """Passes over the data: a head alone takes more, which cost next to nothing on cached states."""
        return self.epochs or (10 if _alone(spec, full) and self.start is None else 4)


def _alone(spec: BranchSpec, full: bool) -> bool:
    """Tell whether nothing but the head trains."""
    return spec.branch_layers == 0 and not full


def _default_fork(tuning: Method, branch: int | None, n_layers: int) -> int:
    """A third of the layers trains unless told otherwise: near full tuning's quality at half its price."""
    if tuning == "head":
        return n_layers
    if branch is None:
        return n_layers - max(1, round(n_layers / 3))
    return max(0, n_layers - branch)


def _contradictions(config: TuneConfig) -> list[tuple[bool, str]]:
    head, full = config.tuning == "head", config.tuning == "full"
    idle = "branch_layers 0: no layer would train; give --branch-layers 1 or more, or use --tuning head"
    return [
        (config.tuning == "layers" and config.branch_layers == 0, idle),
        (head and bool(config.branch_layers), "tuning head trains no layers: leave branch_layers out, or tune layers"),
        (full and config.branch_layers not in (None, 0), "tuning full makes a trunk, which has no branch_layers"),
        (full and config.stem_backend == "openvino", "tuning full trains the stem, in torch: leave stem_backend out"),
        (full and config.fork_layer is not None, "tuning full makes a new trunk and forks at its top: no fork_layer"),
        (config.automatic and config.tuning != "layers", "fork_layer auto tries heads by itself: use tuning layers"),
        (config.automatic and config.branch_layers is not None, "fork_layer auto finds branch_layers: leave it out"),
        *_wrongly_joined(config),
        (config.include_full and not config.automatic, "include_full belongs to fork_layer auto"),
    ]


def _wrongly_joined(config: TuneConfig) -> list[tuple[bool, str]]:
    place, joins = config.joined_at, config.joined_at is not None
    elsewhere = config.fork_layer not in (None, place)
    return [
        (joins and config.tuning != "layers", "joined_at: only layers that train read both texts; use tuning layers"),
        (joins and config.reads != "last", "joined_at: layers read the last state; leave reads out"),
        (joins and elsewhere, f"texts are joined where the version leaves the trunk: give fork_layer {place}, or none"),
    ]


def _told(problem: Any, model: type[BaseModel]) -> str:
    place = ".".join(str(part) for part in problem["loc"][:1])
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "finite_number":
        message = ", ".join([message, *_bounds(model, place)])
    if not place:
        return str(message)
    given = repr(problem.get("input"))
    return f"{place} {given if len(given) <= 80 else given[:80] + '...'}: {message[:1].lower()}{message[1:]}"


_BOUNDS = {"gt": "greater than", "ge": "at least", "lt": "less than", "le": "at most"}


def _bounds(model: type[BaseModel], name: str) -> list[str]:
    """Say where a field's values lie."""
    kept = model.model_fields[name].metadata if name in model.model_fields else []
    return [f"{words} {getattr(limit, key)}" for limit in kept for key, words in _BOUNDS.items() if hasattr(limit, key)]
