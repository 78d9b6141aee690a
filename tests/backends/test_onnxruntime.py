"""The ONNX Runtime backend, held against torch in fp32: the same pieces, the same numbers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pieces_samples import INFO, Head, tokens

import encoders
from tiny import bert_folder
from trunkline import InvalidInput, MissingExtra
from trunkline.backends import onnxruntime_backend, onnxruntime_conversion
from trunkline.backends.naming import FINAL, HIDDEN, state
from trunkline.backends.onnxruntime_backend import OnnxRuntimeBackend
from trunkline.backends.onnxruntime_conversion import write_branch, write_stem
from trunkline.backends.onnxruntime_session import Session, graph
from trunkline.records import BranchSpec
from trunkline.trunk.branch import BranchModule
from trunkline.trunk.encoder import Encoder
from trunkline.trunk.families import family_of


@pytest.fixture
def portable(tmp_path: Path) -> OnnxRuntimeBackend:
    return OnnxRuntimeBackend(tmp_path / "cache", "fp32", threads=1)


@pytest.mark.parametrize("case", encoders.GRAPHS)
def test_graphs_of_every_family_equal_torch_at_every_layer(case: str, tmp_path: Path) -> None:
    """Whatever shape was traced; padding far wider than any local window, and no number that is none."""
    model = encoders.reference(case)
    encoder = Encoder(family_of(model.config.model_type)(model))
    module = BranchModule(encoder, BranchSpec(fork_layer=1, branch_layers=2), Head()).eval()
    write_stem(encoder, tmp_path, "fp32")
    write_branch(module, encoder, tmp_path, "fp32")
    run = {path.stem: Session(path, 1) for path in tmp_path.iterdir()}
    for lengths in ((20, 3, 1, 11), (1,), (5, 4)):
        ids, type_ids, mask = encoders.batch(lengths)
        real = mask.numpy()
        (found,) = run[state(0)](ids=ids.numpy(), type_ids=type_ids.numpy(), mask=real).values()
        with torch.no_grad():
            hidden = encoder.embed(ids, type_ids, mask)
            for layer in range(encoder.n_layers + 1):
                if layer:
                    hidden = encoder.advance(hidden, mask, layer - 1, layer)
                    (found,) = run[state(layer)](mask=real, **{HIDDEN: found}).values()
                np.testing.assert_allclose(found[real], hidden.numpy()[real], atol=2e-5)
                assert np.isfinite(found).all()
                if layer == 1:
                    said, expected = run["branch"](mask=real, **{state(1): found}), module([hidden], mask)
            assert (FINAL in run) == (encoder.family.final_norm is not None)
            if FINAL in run:
                final = run[FINAL](**{HIDDEN: found})[FINAL]
                np.testing.assert_allclose(final[real], encoder.finish(hidden).numpy()[real], atol=2e-5)
        np.testing.assert_allclose(said["pooled"], expected["pooled"].numpy(), atol=2e-5)
        np.testing.assert_allclose(said["tags"][real], expected["tags"].numpy()[real], atol=2e-5)
        assert all(np.isfinite(array).all() for array in said.values())


def test_int8_is_near_takes_less_room_and_gives_fp32(tmp_path: Path) -> None:
    trunk = bert_folder(tmp_path / "trunk", layers=1, width=128)
    info = INFO.model_copy(update={"n_layers": 1, "width": 128})
    exact, rough = (OnnxRuntimeBackend(tmp_path / name, name, threads=1) for name in ("fp32", "int8"))
    expected, found = (
        stem.advance(stem.embed(tokens()), 1).numpy()
        for stem in (backend.load_stem(trunk, info) for backend in (exact, rough))
    )
    real = tokens().mask
    assert found.dtype == np.float32
    assert 0 < np.linalg.norm((found - expected)[real]) / np.linalg.norm(expected[real]) < 0.1
    [large], [small] = ([*(tmp_path / name).rglob("state_1.onnx")] for name in ("fp32", "int8"))
    assert small.stat().st_size < 0.4 * large.stat().st_size


def test_a_graph_is_converted_once_and_anew_where_a_file_is_damaged_or_lacking(
    portable: OnnxRuntimeBackend, tiny_trunk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def counted(*given: Any) -> None:
        made.append(1)
        write_stem(*given)

    monkeypatch.setattr(onnxruntime_conversion, "write_stem", counted)
    expected = portable.load_stem(tiny_trunk, INFO).embed(tokens()).numpy()
    portable.load_stem(tiny_trunk, INFO)
    assert len(made) == 1
    [folder] = (tmp_path / "cache" / "onnxruntime").iterdir()
    embeddings = folder / graph(state(0))
    embeddings.write_bytes(embeddings.read_bytes()[:-1])
    np.testing.assert_array_equal(portable.load_stem(tiny_trunk, INFO).embed(tokens()).numpy(), expected)
    (folder / graph(state(3))).unlink()
    portable.load_stem(tiny_trunk, INFO)
    assert len(made) == 3
    assert [path.name for path in (tmp_path / "cache" / "onnxruntime").iterdir()] == [folder.name]


@pytest.mark.parametrize(("absent", "extra"), [("torch", "torch"), ("onnx", "onnxruntime")])
def test_without_the_converter_only_what_is_converted_already_runs(
    portable: OnnxRuntimeBackend, tiny_trunk: Path, monkeypatch: pytest.MonkeyPatch, absent: str, extra: str
) -> None:
    portable.load_stem(tiny_trunk, INFO)
    monkeypatch.setattr(onnxruntime_backend, "find_spec", lambda name: None if name == absent else True)
    assert portable.load_stem(tiny_trunk, INFO).embed(tokens()).numpy().shape == (3, 9, 32)
    with pytest.raises(MissingExtra, match=rf"pip install 'trunkline\[{extra}\]'"):
        portable.load_stem(tiny_trunk, INFO.model_copy(update={"id": "another"}))


def test_precision_that_it_has_not(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="fp32 or int8, not in 'bf16'"):
        OnnxRuntimeBackend(tmp_path, "bf16")


PROGRAM = """
import sys
from pathlib import Path
from trunkline import TrunkInfo
from trunkline.backends.onnxruntime_backend import OnnxRuntimeBackend
from trunkline.trunk.batch import TokenBatch
import numpy as np
info = TrunkInfo.model_validate_json(sys.argv[3])
stem = OnnxRuntimeBackend(Path(sys.argv[2]), "fp32", 1).load_stem(Path(sys.argv[1]), info)
ids = np.full((2, 5), 7)
stem.advance(stem.embed(TokenBatch(ids, ids * 0, ids > 0)), 3).numpy()
print([name for name in ("torch", "transformers", "onnx", "openvino") if name in sys.modules])
"""


def test_running_converted_graphs_imports_neither_torch_nor_transformers_nor_onnx(
    portable: OnnxRuntimeBackend, tiny_trunk: Path, tmp_path: Path
) -> None:
    portable.load_stem(tiny_trunk, INFO)
    given = [str(tiny_trunk), str(tmp_path / "cache"), INFO.model_dump_json()]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *given], capture_output=True, text=True, timeout=120, env={**os.environ}
    )
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
