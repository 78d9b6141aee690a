"""What a plugin sees."""

from trunkline.contract.decoder_modules import DecoderModules
from trunkline.contract.decoder_task import DecoderTask, Files, ImportedHead
from trunkline.contract.generation import DecoderCache, Generation, Memory, StepDecoder
from trunkline.contract.head_task import IGNORE, Axis, HeadConfig, HeadOptions, HeadTask, Targets
from trunkline.contract.hookspecs import hookimpl
from trunkline.contract.inference import Answer, Inference, Keeping, TokenCounter
from trunkline.contract.linear_head import LinearHead
from trunkline.contract.outputs import Outputs, stacked
from trunkline.contract.plugins import Plugins, PluginStatus, load_plugins
from trunkline.contract.task import Task, TaskRequest, TaskResponse
from trunkline.contract.terminal import Terminal
from trunkline.contract.whole_model import WholeAnswer, WholeGeneration, WholeModel, WholeOrder, WholeSearch

__all__ = [
    "IGNORE",
    "Answer",
    "Axis",
    "DecoderCache",
    "DecoderModules",
    "DecoderTask",
    "Files",
    "Generation",
    "HeadConfig",
    "HeadOptions",
    "HeadTask",
    "ImportedHead",
    "Inference",
    "Keeping",
    "LinearHead",
    "Memory",
    "Outputs",
    "PluginStatus",
    "Plugins",
    "StepDecoder",
    "Targets",
    "Task",
    "TaskRequest",
    "TaskResponse",
    "Terminal",
    "TokenCounter",
    "WholeAnswer",
    "WholeGeneration",
    "WholeModel",
    "WholeOrder",
    "WholeSearch",
    "hookimpl",
    "load_plugins",
    "stacked",
]
