"""Makers of small drafts for the registry's tests and the processes that they start. Imports no torch."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from trunkline.records import BranchSpec, EvaluationDraft, Metric, TrunkInfo, VersionDraft

# Names that are none: paths, addresses, shell, SQL, control characters, look-alikes.
PAYLOADS = [
    "", ".", "..", "../x", "../../etc/passwd", "/etc/passwd", "//etc", "a/../b", "a//b", "a/", "/a", "~root",
    "~/x", "a\\..\\b", "C:\\x", "C:/x", "\\\\host\\share", "file:///etc/passwd", "http://127.0.0.1/",
    "s3://bucket/x", "sqlite:///x", "a\x00b", "\x00", "a\nb", "a\n", "\r\n", "%2e%2e%2f", "%00", "..%2f",
    "....//x", "${HOME}", "$(id)", "`id`", "; rm -rf x", "| id", "'", '"', "' OR 1=1 --", "%", "_%", "*", "?",
    "a b", " a", "a ", "\t", "\u202ea", "\ufeffa", "\u200ba", "\xe9", "\u0130", "\ud800", "\U0001f4a5",
    "a" * 65 + "!", "a" * 5000, "con:", "..;/", ".ssh/id_rsa", "-rf", "--help", "\x1b[2J", "\U0001d482/\U0001d483",
    "\u2025/x", "\uff0fetc", "a\uff0fb",
]  # fmt: skip

TRUNK_ID = hashlib.sha256(b"sample trunk").hexdigest()


def trunk_info(**changes: Any) -> TrunkInfo:
    info = TrunkInfo(
        id=TRUNK_ID, name="minilm", family="bert", n_layers=6, width=32, max_length=64,
        config={"hidden_size": 32, "nothing": None, "exact": 1e-12}, layer_hashes=("aa", "bb"),
    )  # fmt: skip
    return info.model_copy(update=changes)


def trunk_files(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_text(json.dumps({"file": name}))
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 64)
    return folder


def draft(task: str = "ner", name: str = "tickets", **changes: Any) -> VersionDraft:
    made = VersionDraft(
        task=task, name=name, trunk_id=TRUNK_ID, tuning="layers", branch=BranchSpec(fork_layer=4, branch_layers=2),
        head_config={"labels": ["O", "PER"]}, settings={"seed": 0, "columns": {}}, dataset_fingerprint="f" * 64,
        seconds=1.5,
    )  # fmt: skip
    return made.model_copy(update=changes)


def evaluation(**changes: Any) -> EvaluationDraft:
    made = EvaluationDraft(
        backend="torch", precision="fp32", dataset_name="dev.jsonl", dataset_fingerprint="f" * 64, split="dev", n=100,
        seconds=0.25, metrics={"f1": Metric(value=0.861, low=0.842, high=0.879), "accuracy": Metric(value=1.0)},
        environment={"threads": 2}, report={"per_class": {"PER": 0.5}},
    )  # fmt: skip
    return made.model_copy(update=changes)


def artifacts(seed: int) -> dict[str, bytes]:
    """Bytes that tell which publish they belong to."""
    return {
        "branch": hashlib.sha256(str(seed).encode()).digest() * 512,
        "data/train": json.dumps({"seed": seed}).encode(),
    }
