"""The cost of a layer is a time that grows with the layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trunkline.backends.torch_backend import TorchBackend
from trunkline.estimate import calibration
from trunkline.estimate.calibration import seconds_per_layer_and_token
from trunkline.records import TrunkInfo
from trunkline.serving.lane import Lane
from trunkline.serving.stats import Stats
from trunkline.settings import Settings
from trunkline.trunk.tokenizer import Tokenizer


def lane(folder: Path, width: int) -> Lane:
    info = TrunkInfo(
        id="a", name="tiny", family="bert", n_layers=2, width=width, max_length=64, config={}, layer_hashes=()
    )
    decoders: Any = None  # nothing is asked of this lane
    return Lane(TorchBackend().load_stem(folder, info), Tokenizer.from_folder(folder), Settings(), Stats(), decoders)


def test_wider_layers_cost_more(tmp_path: Path, monkeypatch: Any) -> None:
    from tiny import bert_folder

    monkeypatch.setattr(calibration, "SECONDS", 0.05)
    narrow, wide = (lane(bert_folder(tmp_path / f"{width}", 2, width), width) for width in (32, 512))
    try:
        costs = [seconds_per_layer_and_token(one, 30.0, 1024) for one in (narrow, wide)]
        longest = seconds_per_layer_and_token(narrow, 1e9, 64)  # longer than any window: the window's length stands
    finally:
        narrow.close()
        wide.close()
    assert 0 < 4 * costs[0] < costs[1] < 1e-3  # 256 times the products; beside them is what each call costs
    assert 0 < longest < 1e-3
