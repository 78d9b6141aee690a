"""One trunk, many heads: tune, register and serve many NLP tasks on one shared transformer.

Importing this package imports neither torch nor transformers. Plugins import from here and nothing deeper.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from trunkline.contract import (
    IGNORE,
    Answer,
    Axis,
    DecoderCache,
    DecoderModules,
    DecoderTask,
    Files,
    Generation,
    HeadConfig,
    HeadOptions,
    HeadTask,
    ImportedHead,
    Inference,
    Keeping,
    LinearHead,
    Memory,
    Outputs,
    StepDecoder,
    Targets,
    Task,
    TaskRequest,
    TaskResponse,
    Terminal,
    TokenCounter,
    WholeAnswer,
    WholeGeneration,
    WholeModel,
    WholeOrder,
    WholeSearch,
    hookimpl,
    load_plugins,
    stacked,
)
from trunkline.errors import (
    Conflict,
    CorruptArtifact,
    DataError,
    DeadlineExceeded,
    EngineStopped,
    EnvironmentFault,
    InvalidInput,
    MissingExtra,
    NotFound,
    Overloaded,
    TrunklineError,
)
from trunkline.names import check_name
from trunkline.progress import Progress, Silent
from trunkline.records import Evaluation, Metric, TrunkInfo, Version
from trunkline.settings import Settings
from trunkline.trunk.inputs import Encoded, EncoderInput
from trunkline.trunk.states import HiddenStates

if TYPE_CHECKING:
    from trunkline.data.tables import read_table
    from trunkline.evaluation.evaluate import evaluate
    from trunkline.serving.model import Model, load
    from trunkline.store.open import registry
    from trunkline.trunk.conversion import spm_tokenizer_json
    from trunkline.trunk.tokenizer import Tokenizer
    from trunkline.trunk.trunk import Trunk
    from trunkline.tuning.tune import tune

__version__ = "0.1.0"

_LAZY = {
    "Model": "trunkline.serving.model",
    "Tokenizer": "trunkline.trunk.tokenizer",
    "Trunk": "trunkline.trunk.trunk",
    "evaluate": "trunkline.evaluation.evaluate",
    "load": "trunkline.serving.model",
    "read_table": "trunkline.data.tables",
    "registry": "trunkline.store.open",
    "spm_tokenizer_json": "trunkline.trunk.conversion",
    "tune": "trunkline.tuning.tune",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        try:
            return getattr(import_module(_LAZY[name]), name)
        except ModuleNotFoundError as error:
            if error.name in ("torch", "transformers", "safetensors"):
                raise MissingExtra.needed(f"trunkline.{name}", "torch") from error
            raise
    raise AttributeError(f"module 'trunkline' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List what is public, those imported on first use too."""
    return sorted([*__all__, "__version__"])


__all__ = [
    "IGNORE",
    "Answer",
    "Axis",
    "Conflict",
    "CorruptArtifact",
    "DataError",
    "DeadlineExceeded",
    "DecoderCache",
    "DecoderModules",
    "DecoderTask",
    "Encoded",
    "EncoderInput",
    "EngineStopped",
    "EnvironmentFault",
    "Evaluation",
    "Files",
    "Generation",
    "HeadConfig",
    "HeadOptions",
    "HeadTask",
    "HiddenStates",
    "ImportedHead",
    "Inference",
    "InvalidInput",
    "Keeping",
    "LinearHead",
    "Memory",
    "Metric",
    "MissingExtra",
    "Model",
    "NotFound",
    "Outputs",
    "Overloaded",
    "Progress",
    "Settings",
    "Silent",
    "StepDecoder",
    "Targets",
    "Task",
    "TaskRequest",
    "TaskResponse",
    "Terminal",
    "TokenCounter",
    "Tokenizer",
    "Trunk",
    "TrunkInfo",
    "TrunklineError",
    "Version",
    "WholeAnswer",
    "WholeGeneration",
    "WholeModel",
    "WholeOrder",
    "WholeSearch",
    "check_name",
    "evaluate",
    "hookimpl",
    "load",
    "load_plugins",
    "read_table",
    "registry",
    "spm_tokenizer_json",
    "stacked",
    "tune",
]
