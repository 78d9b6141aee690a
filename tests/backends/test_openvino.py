"""The OpenVINO backend, held against torch in fp32: the same pieces, the same numbers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pieces_samples import INFO, Head, TaskOfHead, tokens, version, write_branch

import encoders
from trunkline import InvalidInput, MissingExtra
from trunkline.backends import openvino_conversion, openvino_making
from trunkline.backends.openvino_backend import OpenVinoBackend
from trunkline.backends.openvino_conversion import branch_graph, stem_graph
from trunkline.backends.openvino_core import FINAL, options, ov, state
from trunkline.backends.openvino_fused import fused
from trunkline.backends.openvino_runner import Runner
from trunkline.errors import EnvironmentFault
from trunkline.records import BranchSpec
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder
from trunkline.trunk.families import family_of


@pytest.fixture
def fast(tmp_path: Path) -> OpenVinoBackend:
    return OpenVinoBackend(tmp_path / "cache", "fp32", threads=1)


@pytest.mark.parametrize("case", encoders.GRAPHS)
def test_graphs_of_every_family_equal_torch_at_every_layer(case: str) -> None:
    """Whatever shape was traced; padding far wider than any local window, and no number that is none."""
    model = encoders.reference(case)
    encoder = Encoder(family_of(model.config.model_type)(model))
    core, settings = ov.Core(), options("fp32", 1)
    stem = Runner(core, stem_graph(encoder), settings)
    module = BranchModule(encoder, BranchSpec(fork_layer=1, branch_layers=2), Head()).eval()
    branch = Runner(core, branch_graph(module, encoder), settings)
    whole = Runner(core, fused(stem_graph(encoder), [branch_graph(module, encoder)], [2]), settings)
    for lengths in ((20, 3, 1, 11), (1,), (5, 4)):
        ids, type_ids, mask = encoders.batch(lengths)
        real = mask.numpy()
        found = stem(ids=ids.numpy(), type_ids=type_ids.numpy(), mask=real)
        with torch.no_grad():
            hidden = encoder.embed(ids, type_ids, mask)
            for layer in range(encoder.n_layers + 1):
                if layer:
                    hidden = encoder.advance(hidden, mask, layer - 1, layer)
                np.testing.assert_allclose(found[state(layer)][real], hidden.numpy()[real], rtol=1e-5, atol=2e-5)
            if encoder.family.final_norm is not None:
                np.testing.assert_allclose(found[FINAL][real], encoder.finish(hidden).numpy()[real], atol=2e-5)
            expected = module([torch.from_numpy(found[state(1)])], mask)
        said = branch(mask=real, **{state(1): found[state(1)]})
        together = whole(ids=ids.numpy(), type_ids=type_ids.numpy(), mask=real)
        np.testing.assert_allclose(together[state(2)][real], found[state(2)][real], atol=2e-5)
        for name, array in said.items():
            np.testing.assert_allclose(together[f"0/{name}"][real if name == "tags" else ...],
                                       array[real if name == "tags" else ...], atol=2e-5)  # fmt: skip
        np.testing.assert_allclose(said["pooled"], expected["pooled"].numpy(), atol=2e-5)
        np.testing.assert_allclose(said["tags"][real], expected["tags"].numpy()[real], atol=2e-5)
        assert all(np.isfinite(array).all() for array in (*found.values(), *said.values()))


def test_graphs_at_rest_give_memory_back_and_compute_the_same(fast, tiny_trunk: Path, tmp_path: Path) -> None:
    stem = fast.load_stem(tiny_trunk, INFO)
    weights = write_branch(tmp_path, tiny_trunk, fork_layer=1, branch_layers=2)
    branch = fast.load_branch(stem, version(fork_layer=1, branch_layers=2), weights, TaskOfHead())

    def run():
        return branch.run({1: stem.advance(stem.embed(tokens()), 1)})

    before = run()
    assert stem.rest(60.0)  # all have just run: awake
    assert not stem.rest(0.0)
    after = run()
    for name, array in before.items():
        np.testing.assert_array_equal(after[name], array)
    assert stem.rest(60.0)


def test_tracing_leaves_the_encoders_own_attention(tiny_trunk: Path) -> None:
    encoder = Encoder.load(tiny_trunk)
    before = encoder.family.model.config._attn_implementation
    stem_graph(encoder)
    assert encoder.family.model.config._attn_implementation == before


def test_a_graph_is_converted_once_and_anew_where_its_file_is_damaged(
    fast: OpenVinoBackend, tiny_trunk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    convert = openvino_conversion.stem_graph
    monkeypatch.setattr(openvino_conversion, "stem_graph", lambda encoder: made.append(1) or convert(encoder))
    expected = fast.load_stem(tiny_trunk, INFO).embed(tokens()).numpy()
    fast.load_stem(tiny_trunk, INFO)
    assert len(made) == 1
    (weights,) = (tmp_path / "cache").rglob("*.bin")
    for damage in (lambda data: bytes([data[0] ^ 1]) + data[1:], lambda data: data[:-1]):
        weights.write_bytes(damage(weights.read_bytes()))
        np.testing.assert_array_equal(fast.load_stem(tiny_trunk, INFO).embed(tokens()).numpy(), expected)
    assert len(made) == 3
    assert {path.name for path in (tmp_path / "cache" / "openvino").iterdir()} == {weights.parent.name}


def test_without_torch_only_what_is_converted_already_runs(
    fast: OpenVinoBackend, tiny_trunk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast.load_stem(tiny_trunk, INFO)
    monkeypatch.setattr(openvino_making, "find_spec", lambda name: None)
    assert fast.load_stem(tiny_trunk, INFO).embed(tokens()).numpy().shape == (3, 9, 32)
    with pytest.raises(MissingExtra, match=r"pip install 'trunkline\[torch\]'"):
        fast.load_stem(tiny_trunk, INFO.model_copy(update={"id": "another"}))


def test_bfloat16_where_the_cpu_has_it_is_near_and_gives_fp32(tiny_trunk: Path, tmp_path: Path) -> None:
    by_itself = OpenVinoBackend(tmp_path / "cache")
    if by_itself.precision != "bf16":
        with pytest.raises(EnvironmentFault, match="take precision fp32"):
            OpenVinoBackend(tmp_path / "cache", "bf16")
        return
    exact, rough = (OpenVinoBackend(tmp_path / "cache", precision) for precision in ("fp32", "bf16"))
    expected, found = (
        stem.advance(stem.embed(tokens()), 3).numpy()
        for stem in (backend.load_stem(tiny_trunk, INFO) for backend in (exact, rough))
    )
    assert found.dtype == np.float32
    assert 0 < np.abs(found - expected)[tokens().mask].max() < 0.2


def test_precision_that_it_has_not(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="fp32, bf16, int8, not in 'int4'"):
        OpenVinoBackend(tmp_path, "int4")


PROGRAM = """
import sys, threading
from pathlib import Path
from trunkline import TrunkInfo
from trunkline.backends.openvino_backend import OpenVinoBackend
from trunkline.trunk.batch import TokenBatch
import numpy as np
info = TrunkInfo.model_validate_json(sys.argv[3])
stem = OpenVinoBackend(Path(sys.argv[2]), "fp32", 1).load_stem(Path(sys.argv[1]), info)
ids = np.full((2, 5), 7)
stem.advance(stem.embed(TokenBatch(ids, ids * 0, ids > 0)), 3).numpy()
print([name for name in ("torch", "transformers", "openvino_telemetry") if sys.modules.get(name) is not None])
"""


def test_running_converted_graphs_imports_neither_torch_nor_transformers(
    fast: OpenVinoBackend, tiny_trunk: Path, tmp_path: Path
) -> None:
    fast.load_stem(tiny_trunk, INFO)
    given = [str(tiny_trunk), str(tmp_path / "cache"), INFO.model_dump_json()]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *given], capture_output=True, text=True, timeout=120, env={**os.environ}
    )
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_a_fused_graph_gives_what_its_pieces_give(fast: OpenVinoBackend, tiny_trunk: Path, tmp_path: Path) -> None:
    """Branches of one, two and no layers, and one that reads a mix; any shape; the stem's graph is left as it was."""
    stem = fast.load_stem(tiny_trunk, INFO)
    specs: list[dict[str, Any]] = [
        {"fork_layer": 1, "branch_layers": 2},
        {"fork_layer": 0, "branch_layers": 1},
        {"fork_layer": 3, "branch_layers": 0},
        {"fork_layer": 2, "branch_layers": 0, "reads": "mix"},
    ]
    branches = []
    for number, spec in enumerate(specs):
        folder = tmp_path / str(number)
        folder.mkdir()
        weights = write_branch(folder, tiny_trunk, **spec)
        branches.append(fast.load_branch(stem, version(**spec), weights, TaskOfHead()))
    whole = stem.fuse(branches, [0, 2])
    assert whole.size > 16 * 2**20
    for shape in ((3, 9), (1, 30), (7, 4)):
        batch = tokens(*shape)
        outputs, shown = whole.run(batch)
        states, at = {}, stem.embed(batch)
        for layer in range(4):
            states[layer] = at = stem.advance(at, layer)
        assert sorted(shown) == [0, 2]
        for layer, given in shown.items():
            np.testing.assert_allclose(given.raw()[batch.mask], states[layer].raw()[batch.mask], atol=1e-5)
        for branch, given in zip(branches, outputs, strict=True):
            expected = branch.run({layer: states[layer] for layer in branch.reads})
            np.testing.assert_allclose(given["pooled"], expected["pooled"], atol=1e-5)
            np.testing.assert_allclose(given["tags"][batch.mask], expected["tags"][batch.mask], atol=1e-5)
