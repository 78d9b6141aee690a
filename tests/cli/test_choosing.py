"""What `auto` measures is told while it does, and what it chose then, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trunkline import Settings
from trunkline.store.registry import Registry
from versions import measured


def test_the_first_command_tells_what_it_measures_and_takes_and_the_next_is_silent(
    trunkline: Any, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUNKLINE_BACKEND", "auto")
    monkeypatch.setenv("TRUNKLINE_PRECISION", "fp32")
    with Registry.open(Settings(home=models)) as registry:
        for name in ("intents", "tickets"):
            registry.record_evaluation(name, measured(0.5, "dev", "onnxruntime", "fp32"))
    ask = ("predict", "ner", "--model", "tickets", "--json", "ada met karl")
    first, second = trunkline(*ask), trunkline(*ask)
    measuring, *_, chosen = first.err.splitlines()
    assert measuring.startswith("measuring how fast torch fp32, ")
    assert "onnxruntime fp32 run trunk tiny here: once" in measuring
    assert chosen.startswith("auto takes ")
    assert first.json["results"][0]["entities"] is not None
    assert second.err == ""
