"""What may be stored: names, text, figures and JSON that every database and every client can hold."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from trunkline.errors import InvalidInput
from trunkline.names import check_name
from trunkline.records import BranchSpec, EvaluationDraft, TrunkInfo, VersionDraft

TEXT_CHARACTERS = 512
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PART = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}"
_ROLE = re.compile(rf"{_PART}(/{_PART}){{0,3}}")
_FILENAME = re.compile(rf"{_PART}\.(json|safetensors)")


def check_draft(draft: VersionDraft) -> None:
    """Raise `InvalidInput` unless names, text and JSON of `draft` can be stored."""
    check_name(draft.task, "task name")
    check_name(draft.name, "model name")
    check_json(draft.head_config, "head_config")
    check_json(draft.settings, "settings")
    if draft.dataset_fingerprint is not None:
        check_text(draft.dataset_fingerprint, "dataset fingerprint")
    if draft.seconds is not None:
        check_figure(draft.seconds, "seconds")


def check_branch(branch: BranchSpec, trunk: TrunkInfo) -> None:
    """Raise `InvalidInput` unless `trunk` has the layers that the branch leaves from and copies."""
    fork, layers = branch.fork_layer, branch.branch_layers
    if not (0 <= fork <= trunk.n_layers and 0 <= layers <= trunk.n_layers - fork):
        raise InvalidInput(
            f"fork layer {fork} with {layers} layers of its own does not fit trunk {trunk.name!r}, "
            f"which has {trunk.n_layers} layers: 0 <= fork and fork + own <= {trunk.n_layers}"
        )


def check_trunk(info: TrunkInfo) -> None:
    """Raise `InvalidInput` unless `info` can be stored; its id becomes a folder's name."""
    check_digest(info.id, "trunk id")
    if info.parent_id is not None:
        check_digest(info.parent_id, "parent trunk id")
    check_text(info.name, "trunk name")
    check_text(info.family, "trunk family")
    check_json(info.config, "trunk config")


def check_evaluation(draft: EvaluationDraft) -> None:
    """Raise `InvalidInput` unless every figure is finite and every text is text."""
    for field in ("backend", "precision", "dataset_name", "dataset_fingerprint", "split"):
        check_text(getattr(draft, field), field.replace("_", " "))
    check_json(draft.environment, "environment")
    check_json(draft.report, "report")
    check_figure(draft.seconds, "seconds")
    for name, metric in draft.metrics.items():
        check_text(name, "metric name")
        for figure in (metric.value, metric.low, metric.high):
            if figure is not None:
                check_figure(figure, f"metric {name!r}")


def check_role(role: str) -> str:
    """Return an artifact's `role` ("branch", "data/train"). Raises `InvalidInput` unless it is one."""
    if not _ROLE.fullmatch(role):
        raise InvalidInput(f"{role[:80]!r} is not an artifact's role: 1 to 4 names of a-z A-Z 0-9 . _ - joined by /")
    return role


def check_filename(name: str) -> str:
    """Return a trunk file's `name`. Raises `InvalidInput` unless it is JSON or safetensors."""
    if not _FILENAME.fullmatch(name):
        raise InvalidInput(f"{name[:80]!r} cannot be part of a trunk: only .json and .safetensors files can")
    return name


def check_digest(digest: str, kind: str = "digest") -> str:
    """Return `digest`. Raises `InvalidInput` unless it is a SHA-256 in lower-case hexadecimal."""
    if not _DIGEST.fullmatch(digest):
        raise InvalidInput(f"{digest[:80]!r} is not a {kind}: it must be 64 digits of 0-9 a-f")
    return digest


def check_text(text: str, kind: str) -> str:
    """Return `text`. Raises `InvalidInput` unless it is short, printable and valid Unicode."""
    if not text or len(text) > TEXT_CHARACTERS or not text.isprintable():
        raise InvalidInput(f"{text[:80]!r} is not a {kind}: 1 to {TEXT_CHARACTERS} printable characters")
    return text


def check_figure(figure: float, kind: str) -> float:
    """Return `figure`. Raises `InvalidInput` unless it is finite."""
    if not math.isfinite(figure):
        raise InvalidInput(f"{kind} is {figure}: only finite figures can be recorded")
    return figure


def check_json(value: dict[str, Any], kind: str) -> None:
    """Raise `InvalidInput` unless each entry of `value` is strict JSON (no NaN, no other types)."""
    for key, entry in value.items():
        try:
            json.dumps(entry, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as fault:
            raise InvalidInput(f"{kind}[{key!r}] is not strict JSON: {fault}") from fault
