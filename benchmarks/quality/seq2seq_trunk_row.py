"""Row: heads on an encoder that was trained to translate, beside the same heads on MiniLM. Published as they are."""

from __future__ import annotations

from typing import Any

import trunkline
from benchmarks.quality import bergamot
from benchmarks.quality.corpora import CORPORA
from benchmarks.quality.ours import SETTINGS, tune_once
from benchmarks.quality.store import measured
from benchmarks.quality.trunk import packaged_trunk

OVER = ("banking77", "snips-slots")
FORK = 4  # of the six layers that both trunks have
SEED = 0


def seq2seq_trunks() -> list[dict[str, Any]]:
    """Tune a head of each corpus on both trunks, one seed."""
    return [
        measured(f"seq2seq-trunk/{name}/{kind}/seed-{SEED}", lambda name=name, kind=kind: tuned(name, kind))
        for name in OVER
        for kind in TRUNKS
    ]


def tuned(name: str, kind: str) -> dict[str, Any]:
    return tune_once(CORPORA[name], SEED, tuning="layers", fork_layer=FORK, trunk=TRUNKS[kind]())


def translating_trunk() -> str:
    """Give the encoder of Firefox's model from English to Portuguese, among our trunks."""
    reference = bergamot.version("en-pt")
    return trunkline.registry(SETTINGS).resolve(reference).trunk_id


TRUNKS = {"minilm": packaged_trunk, "translating": translating_trunk}
