from __future__ import annotations

import errno
from pathlib import Path

import pytest
from safetensors import SafetensorError

from trunkline.errors import EnvironmentFault
from trunkline.tuning.durable import room_for, write_whole


def test_a_file_appears_whole(tmp_path: Path) -> None:
    place = tmp_path / "note.json"
    place.write_text("old")

    def broken(aside: Path) -> None:
        aside.write_text("ne")
        assert place.read_text() == "old"
        raise InterruptedError

    with pytest.raises(InterruptedError):
        write_whole(place, broken)
    assert place.read_text() == "old"
    write_whole(place, lambda aside: aside.write_text("new"))
    assert place.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["note.json"]


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), SafetensorError("I/O error: no space (os error 28)")],
)
def test_a_full_disk_is_one_error_whoever_says_it(tmp_path: Path, error: Exception) -> None:
    def write() -> None:
        with room_for(tmp_path):
            raise error

    with pytest.raises(EnvironmentFault, match="no space"):
        write()


def test_what_is_no_fault_of_the_disk_passes(tmp_path: Path) -> None:
    def write() -> None:
        with room_for(tmp_path):
            raise SafetensorError("a header of nonsense")

    with pytest.raises(SafetensorError):
        write()
