"""Frozen records: what the registry returns and the API serves."""

from trunkline.records.evaluation import Evaluation, EvaluationDraft, Metric
from trunkline.records.model import ModelInfo
from trunkline.records.record import Record
from trunkline.records.run import RunState, TrainingRun
from trunkline.records.trunk import TrunkInfo
from trunkline.records.version import BranchSpec, Event, Reads, Tuning, Version, VersionDraft

__all__ = [
    "BranchSpec",
    "Evaluation",
    "EvaluationDraft",
    "Event",
    "Metric",
    "ModelInfo",
    "Reads",
    "Record",
    "RunState",
    "TrainingRun",
    "TrunkInfo",
    "Tuning",
    "Version",
    "VersionDraft",
]
