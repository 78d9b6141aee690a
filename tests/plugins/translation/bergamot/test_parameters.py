from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from marian_files import settings, tensors, write_model
from trunkline import InvalidInput
from trunkline_translation.bergamot.architecture import Architecture
from trunkline_translation.bergamot.binary import Binary, read_binary
from trunkline_translation.bergamot.parameters import check_complete, decoder_parameters, encoder_parameters

TYING = {
    "one table": {},
    "target and output": {"tied-embeddings-all": False, "tied-embeddings": True, "dim-vocabs": [60, 70]},
    "source and target": {"tied-embeddings-all": False, "tied-embeddings-src": True},
    "three tables": {"tied-embeddings-all": False},
    "no bias": {"output-omit-bias": True},
}


def model(folder: Path, changes: dict[str, object]) -> tuple[Binary, Architecture]:
    values = settings(**changes)
    write_model(folder / "model.bin", values, tensors(values))
    return read_binary(folder / "model.bin"), Architecture.of(values, "model.bin")


@pytest.mark.parametrize("tying", TYING)
def test_every_tensor_is_read_once_and_all_are(tmp_path: Path, tying: str) -> None:
    found, plan = model(tmp_path, TYING[tying])
    read = encoder_parameters(plan) + decoder_parameters(plan)
    check_complete(found, read)
    assert len({each.ours for each in read}) == len(read)
    assert len({each.theirs for each in read}) == len(read) - plan.one_embedding
    for each in read:
        assert each.value(found).flags.c_contiguous


def test_matrices_are_turned(tmp_path: Path) -> None:
    found, plan = model(tmp_path, {})
    inner = next(each for each in encoder_parameters(plan) if each.ours.endswith("0.fc1.weight"))
    np.testing.assert_array_equal(inner.value(found), found.tensor("encoder_l1_ffn_W1").T)


def read_all(found: Binary, **changes: object) -> None:
    plan = Architecture.of(settings(**changes), "model.bin")
    for each in encoder_parameters(plan):
        each.value(found)


def test_tensors_of_another_shape_are_named(tmp_path: Path) -> None:
    found, _ = model(tmp_path, {})
    with pytest.raises(InvalidInput, match=r"encoder_l1_ffn_W1 has the shape \(16, 24\), its settings ask for"):
        read_all(found, **{"transformer-dim-ffn": 25})


def test_tensors_that_nothing_accounts_for_are_named(tmp_path: Path) -> None:
    found, _ = model(tmp_path, {})
    plan = Architecture.of(settings(**{"enc-depth": 1}), "model.bin")
    with pytest.raises(InvalidInput, match=r"16 tensors .* encoder_l2_ffn_W1"):
        check_complete(found, encoder_parameters(plan) + decoder_parameters(plan))


def test_tensors_that_are_absent_are_named(tmp_path: Path) -> None:
    found, _ = model(tmp_path, {})
    with pytest.raises(InvalidInput, match="no tensor encoder_l3_"):
        read_all(found, **{"enc-depth": 3})
