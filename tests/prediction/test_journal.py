from __future__ import annotations

from io import FileIO
from pathlib import Path
from typing import Any

import pytest

from trunkline.errors import Conflict, CorruptArtifact, EnvironmentFault
from trunkline.prediction import journal as journals
from trunkline.prediction.journal import Journal, noted

ABOUT = {"models": ["ner/a@1"]}


def test_a_torn_line_is_cut_off_and_written_again(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    with Journal(output, ABOUT) as journal:
        journal.append(["one", "two"])
    part = tmp_path / "out.jsonl.part"
    part.write_bytes(part.read_bytes() + b"thr")
    with Journal(output, ABOUT) as journal:
        assert journal.lines == 2
        journal.append(["three"])
        journal.finish()
    assert output.read_text() == "one\ntwo\nthree\n"
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_part_of_something_else_is_never_gone_on_with(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    with Journal(output, ABOUT) as journal:
        journal.append(["one"])
    assert noted(output) == ABOUT
    with pytest.raises(
        Conflict, match=r"differs in models \(\['ner/a@1'\] there, \['ner/b@1'\] here\): repeat the comm"
    ):
        Journal(output, {"models": ["ner/b@1"]})
    assert (tmp_path / "out.jsonl.part").read_text() == "one\n"
    with Journal(output, ABOUT) as journal:
        assert (journal.lines, journal.last) == (1, b"one\n")
    with Journal(output, {"models": ["ner/b@1"]}, anew=True) as journal:
        assert (journal.lines, journal.last) == (0, b"")
        journal.append(["two"])
    with Journal(output, {"models": ["ner/b@1"]}, anew=True) as journal:
        assert journal.lines == 1  # its own lines are gone on with all the same


def test_a_part_without_lines_begins_anew(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    (tmp_path / "out.jsonl.part").write_text("to")
    (tmp_path / "out.jsonl.part.json").write_text("")
    with Journal(output, ABOUT) as journal:
        assert (journal.lines, noted(output)) == (0, ABOUT)
    assert list(tmp_path.iterdir()) == []  # nothing was written: nothing is left


def test_a_part_that_says_not_of_what_it_is_stays(tmp_path: Path) -> None:
    part = tmp_path / "out.jsonl.part"
    part.write_text("of nobody knows what\n")
    for anew in (False, True):
        with pytest.raises(Conflict, match=r"no out\.jsonl\.part\.json says of what it is: remove it"):
            Journal(tmp_path / "out.jsonl", ABOUT, anew=anew)
    assert part.read_text() == "of nobody knows what\n"


@pytest.mark.parametrize("note", ["", "[]", "{", '"a"', "\xe9"])
def test_a_damaged_note_is_told(tmp_path: Path, note: str) -> None:
    output = tmp_path / "out.jsonl"
    with Journal(output, ABOUT) as journal:
        journal.append(["one"])
    (tmp_path / "out.jsonl.part.json").write_text(note, encoding="latin-1")
    with pytest.raises(CorruptArtifact, match=r"out\.jsonl\.part\.json does not say .*: remove both"):
        Journal(output, ABOUT)
    with Journal(output, ABOUT, anew=True) as journal:
        assert journal.lines == 0


def test_one_process_at_a_time_holds_a_part(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    with Journal(output, ABOUT) as journal:
        journal.append(["one"])
        with pytest.raises(Conflict, match=r"another process is writing .*out\.jsonl\.part: wait"):
            Journal(output, ABOUT, anew=True)
        assert (tmp_path / "out.jsonl.part").read_text() == "one\n"
    with Journal(output, ABOUT) as journal:  # let go of
        assert journal.lines == 1


def test_a_part_that_another_process_renames_meanwhile_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out.jsonl"
    first = Journal(output, ABOUT)
    first.append(["one"])
    take, taken = journals.lock_if_possible, []

    def after_the_other_is_done(file: Any) -> bool:
        if not taken:
            first.finish()
        taken.append(file)
        return take(file)

    monkeypatch.setattr(journals, "lock_if_possible", after_the_other_is_done)
    with Journal(output, ABOUT) as journal:
        assert (journal.lines, len(taken)) == (0, 2)
        journal.append(["two"])
    assert output.read_text() == "one\n"


def test_a_full_disk_names_the_folder_of_the_output(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this machine has no full device")
    with Journal(tmp_path / "out.jsonl", ABOUT) as journal:
        file, journal._file = journal._file, FileIO("/dev/full", "w")
        with pytest.raises(EnvironmentFault, match=f"no space left for {tmp_path} .*name an output on another") as told:
            journal.append(["one"])
        assert "TRUNKLINE_HOME" not in str(told.value)
        journal._file.close()  # does not try again what was not taken
        journal._file = file
