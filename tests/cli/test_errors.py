"""How failures are told, and with which exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from trunkline.cli.errors import report
from trunkline.errors import Conflict, CorruptArtifact, EnvironmentFault, InvalidInput, MissingExtra, NotFound


@pytest.mark.parametrize("kind", [InvalidInput, NotFound, MissingExtra, Conflict, EnvironmentFault, CorruptArtifact])
def test_each_error_has_its_own_code(kind: type, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(kind("what is wrong"), debug=False, as_json=False) == kind.exit_code
    assert capsys.readouterr() == ("", "trunkline: what is wrong\n")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), typer.Abort()])
def test_ctrl_c_is_130(error: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(error, debug=False, as_json=False) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_full_disk_names_the_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(OSError, match="No space") as caught, Path("/dev/full").open("wb", buffering=0) as disk:
        disk.write(b"x")
    assert report(caught.value, debug=False, as_json=False) == EnvironmentFault.exit_code
    assert "the disk is full" in capsys.readouterr().err


def test_a_bug_is_one_line_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        raise ZeroDivisionError("by zero\nsecond line")
    assert report(caught.value, debug=False, as_json=False) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "--debug" in told
    report(caught.value, debug=True, as_json=False)
    assert "Traceback" in capsys.readouterr().err
