"""Where translations go: no file but the one that was named is touched, and what cannot be written is told before."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from trunkline import Conflict, EnvironmentFault, InvalidInput
from trunkline_translation.destinations import destinations, write


def test_a_file_is_written_whole_beside_whatever_is_there(tmp_path: Path) -> None:
    """A file of the user's own with a name that a writer might choose stays, and so do the output's permissions."""
    place, other = tmp_path / "out.txt", tmp_path / "out.txt.part"
    other.write_text("mine")
    write(place, "one\r\n")
    place.chmod(0o640)
    write(place, "two\r\n")
    assert place.read_bytes() == b"two\r\n"
    assert place.stat().st_mode & 0o777 == 0o640
    assert other.read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"out.txt", "out.txt.part"}


def test_what_a_link_points_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    link, target = tmp_path / "out.txt", tmp_path / "far" / "real.txt"
    link.symlink_to(target)
    for text in ("new", "changed"):
        write(link, text)
        assert target.read_text() == text
        assert link.is_symlink()


def test_a_pipe_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert destinations(["a.txt"], str(pipe)) == [pipe]
    heard: list[str] = []
    reader = threading.Thread(target=lambda: heard.append(pipe.read_text()))
    reader.start()
    write(pipe, "said")
    reader.join(10)
    assert heard == ["said"]
    assert pipe.is_fifo()


def test_a_device_stays_one(tmp_path: Path) -> None:
    device = tmp_path / "null"
    try:
        os.mknod(device, 0o666 | 0o020000, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")
    write(device, "gone")
    assert device.is_char_device()


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match=r"absent/out\.txt cannot be written: No such file"):
        write(tmp_path / "absent" / "out.txt", "text")
    place = tmp_path / "out.txt"
    place.mkdir()
    with pytest.raises(EnvironmentFault, match="cannot be written: Is a directory"):
        write(place, "text")
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]


def test_a_folder_takes_files_by_their_names(tmp_path: Path) -> None:
    folder, new = tmp_path / "there", tmp_path / "new" / "deep"
    folder.mkdir()
    assert destinations(["x/a.md", "b.md"], str(folder)) == [folder / "a.md", folder / "b.md"]
    assert destinations(["a.md"], str(folder)) == [folder / "a.md"]
    assert destinations(["a.md", "b.md"], f"{new}/") == [new / "a.md", new / "b.md"]
    assert new.is_dir()
    assert destinations(["a.md"], None) == [None]


def test_several_files_need_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="2 files: name a folder for them, --output FOLDER/"):
        destinations(["a.md", "b.md"], None)
    with pytest.raises(InvalidInput, match=r"2 files, and .*out is no folder: end its name with /"):
        destinations(["a.md", "b.md"], str(tmp_path / "out"))
    with pytest.raises(InvalidInput, match=r"x/a\.md and y/a\.md would both be .*a\.md"):
        destinations(["x/a.md", "y/a.md"], f"{tmp_path}/")
    with pytest.raises(InvalidInput, match=r"x/a\.md and x/a\.md would both be"):
        destinations(["x/a.md", "x/a.md"], f"{tmp_path}/")
    with pytest.raises(InvalidInput, match="standard input has no name"):
        destinations(["-"], f"{tmp_path}/")


def test_what_cannot_be_written_is_told_before(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("there")
    with pytest.raises(Conflict, match=r"a\.md is there already: give another --output, or --force"):
        destinations(["a.md"], str(tmp_path))
    assert destinations(["a.md"], str(tmp_path), force=True) == [tmp_path / "a.md"]
    with pytest.raises(EnvironmentFault, match=r"absent/b\.md cannot be written: No such file or directory"):
        destinations(["a.md"], str(tmp_path / "absent" / "b.md"))
    with pytest.raises(EnvironmentFault, match="cannot be written: Not a directory"):
        destinations(["a.md"], str(tmp_path / "a.md" / "b.md"))
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        destinations(["a.md"], str(tmp_path / "a.md" / "b") + "/")
    (tmp_path / "c.md").mkdir()
    with pytest.raises(EnvironmentFault, match=r"c\.md cannot be written: Is a directory"):
        destinations(["c.md"], str(tmp_path), force=True)
