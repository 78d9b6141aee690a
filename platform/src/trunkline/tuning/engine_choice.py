"""Which engine runs the frozen stem of a run: what was asked for, or what `auto` finds worth while."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from trunkline.backends import select
from trunkline.tuning.config import TuneConfig
from trunkline.tuning.durable import room_for, write_whole
from trunkline.tuning.engines import OpenVinoEngine, StateEngine, TorchEngine

log = logging.getLogger(__name__)
WORTH_LOADING = 2**16
"""Tokens from which `auto` takes openvino.

It costs about a second to load and compile MiniLM's graph, and two more to convert it the first time. Three layers over
1000 tokens took torch 0.067 s and openvino 0.040 s, on two threads in turn: so at this many tokens and five layers the
first run, too, is paid back. Whether the graph is converted already plays no part: the same command must come to the
same weights before and after.
"""


def choose(config: TuneConfig, plain: TorchEngine, fast: OpenVinoEngine, tokens: int, note: Path) -> StateEngine:
    """Give the engine of a run over `tokens` tokens; what `auto` decided is read again from `note` by a resumed run.

    An engine that was asked for by name is not tried here: it raises when it is first used.
    """
    asked: str = config.stem_backend
    if config.tuning == "full":  # the stem trains itself
        return plain
    if asked == "auto":
        asked = _noted(note) or _decided(config, plain, fast, tokens, note)
    return fast if asked == "openvino" else plain


def _decided(config: TuneConfig, plain: TorchEngine, fast: OpenVinoEngine, tokens: int, note: Path) -> str:
    worth = plain.precision == "bf16" and tokens >= WORTH_LOADING and config.cache_gib > 0
    taken = "openvino" if worth and "openvino" in select.installed() and _loads(fast) else "torch"
    note.parent.mkdir(parents=True, exist_ok=True)
    with room_for(note.parent):
        write_whole(note, lambda path: path.write_text(json.dumps({"stem_backend": taken})))
    return taken


def _loads(fast: OpenVinoEngine) -> bool:
    """Tell whether the engine can run here, by loading it; converts the trunk where that was never done."""
    try:
        fast.load()
    except Exception as error:  # whatever the conversion trips over, torch gives the same states
        log.warning("%s does not run the stem of %s, torch does: %s", fast.name, fast.trunk.name, error)
        return False
    return True


def _noted(note: Path) -> str | None:
    try:
        return str(json.loads(note.read_text())["stem_backend"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
