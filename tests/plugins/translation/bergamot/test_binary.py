from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from marian_files import FLOAT32, binary, float_item, settings, settings_item, tensors, write_model
from trunkline import EnvironmentFault, InvalidInput
from trunkline_translation.bergamot.binary import read_binary


def whole() -> bytes:
    return binary([float_item("a_W", np.arange(6.0).reshape(2, 3)), settings_item({"type": "transformer"})])


def written(folder: Path, content: bytes) -> Path:
    path = folder / "model.bin"
    path.write_bytes(content)
    return path


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Every tensor comes back to the bit, the settings as a mapping."""
    values = settings()
    exact = write_model(tmp_path / "model.bin", values, tensors(values))
    model = read_binary(tmp_path / "model.bin")
    assert model.settings() == values
    assert {name for name in model.items if not name.endswith("QuantMultA")} == {*exact, "special:model.yml"}
    for name, array in exact.items():
        np.testing.assert_array_equal(model.tensor(name), array)


def test_every_cut_is_told(tmp_path: Path) -> None:
    content = whole()
    for length in range(0, len(content), 3):
        with pytest.raises(InvalidInput, match=r"no whole Marian model|no binary Marian model"):
            read_binary(written(tmp_path, content[:length]))


def test_every_flipped_byte_is_read_or_told(tmp_path: Path) -> None:
    """Damage may change a value; it never ends in another error than our own."""
    content = whole()
    for place in range(0, len(content), 3):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        try:
            model = read_binary(written(tmp_path, bytes(damaged)))
            model.settings()
            model.tensor("a_W")
        except InvalidInput:
            continue


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04" + bytes(60), "no binary Marian model.*504b0304"),
        (b"\x1f\x8b" + bytes(60), "compressed"),
        (b"\x28\xb5\x2f\xfd" + bytes(60), "compressed"),
        (binary([], version=2), "not with version 1"),
        (whole() + b"\0", "1 bytes follow its last tensor"),
        (binary([float_item("a", np.ones((1, 1)))] * 2), "holds a twice"),
        (binary([float_item("", np.ones((1, 1)))]), "is named"),
        (binary([float_item("a\0b", np.ones((1, 1)))]), "is named"),
        (binary([float_item("a\nb", np.ones((1, 1)))]), "is named"),
        (binary([("a", FLOAT32, (), bytes(4))]), "has 0 dimensions"),
        (binary([("a", FLOAT32, (1,) * 9, bytes(4))]), "has 9 dimensions"),
        (binary([("a", FLOAT32, (0, 3), b"")]), r"has the shape \(0, 3\)"),
        (binary([("a", FLOAT32, (-1, -4), bytes(16))]), r"has the shape \(-1, -4\)"),
    ],
)
def test_hostile_files_are_told(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_binary(written(tmp_path, content))


@pytest.mark.parametrize("field", ["items", "name", "dimensions", "data", "padding"])
@pytest.mark.parametrize("size", [2**63 - 1, 2**64 - 1, 2**59, 2**32])
def test_lengths_beyond_the_file_take_no_memory(tmp_path: Path, field: str, size: int) -> None:
    content = bytearray(whole())
    names_and_shapes = 16 + 2 * 32 + len("a_W\0special:model.yml\0") + 3 * 4
    place = {"items": 8, "name": 16, "dimensions": 32, "data": 40, "padding": names_and_shapes}[field]
    content[place : place + 8] = struct.pack("<Q", size)
    path = written(tmp_path, bytes(content))
    tracemalloc.start()
    with pytest.raises(InvalidInput, match=r"are left|dimensions|should hold"):
        read_binary(path)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_a_file_beyond_any_model_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    with path.open("wb") as file:
        file.truncate(5 * 2**30)  # sparse: no disk is taken
    with pytest.raises(InvalidInput, match="has 5368709120 bytes"):
        read_binary(path)


def test_shapes_beyond_the_data_take_no_memory(tmp_path: Path) -> None:
    path = written(tmp_path, binary([("a", FLOAT32, (2**31 - 1,) * 8, bytes(256))]))
    with pytest.raises(InvalidInput, match=r"needs .* bytes and has 256"):
        read_binary(path).tensor("a")


def test_absent_things_are_named(tmp_path: Path) -> None:
    model = read_binary(written(tmp_path, binary([float_item("a", np.ones((1, 1)))])))
    with pytest.raises(InvalidInput, match="no tensor b"):
        model.tensor("b")
    with pytest.raises(InvalidInput, match=r"does not hold special:model\.yml"):
        model.settings()
    with pytest.raises(EnvironmentFault, match="cannot be read"):
        read_binary(tmp_path / "absent.bin")
