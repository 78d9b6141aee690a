"""`trunkline translate` in this process, by a tiny random model: files in, files out, and what is refused."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from translators import marian_folder
from trunkline import Settings
from trunkline.cli.main import run
from trunkline.tuning.importing import import_model

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("marian")
    marian_folder(folder, languages=())
    home = tmp_path_factory.mktemp("home")
    import_model("translation/tiny", folder, Settings(home=home, threads=1))
    return home


@pytest.fixture
def translate(made: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("TRUNKLINE_HOME", str(made))
    monkeypatch.setenv("TRUNKLINE_THREADS", "1")

    def command(*words: str | Path, given: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        capfd.readouterr()
        code = run(["translate", *map(str, words)])
        return (code, *capfd.readouterr())

    return command


def test_several_files_keep_their_names_in_a_folder(translate: Command, tmp_path: Path) -> None:
    files = [tmp_path / "a.md", tmp_path / "b.txt"]
    files[0].write_text("# 12\n")
    files[1].write_text("34\n")
    output = tmp_path / "out"
    code, out, err = translate(*files, "--output", f"{output}/")
    assert (code, err) == (0, "")
    assert [(output / file.name).read_text() for file in files] == ["# 12\n", "34\n"]
    assert out.count(" sentences by translation/tiny@1") == 2
    code, out, _ = translate(*files, "--output", output, "--force", "--json")
    assert [one["output"] for one in json.loads(out)["files"]] == [str(output / file.name) for file in files]
    code, _, err = translate(*files)
    assert code == 2
    assert "2 files: name a folder for them" in err


def test_a_folder_is_no_file(translate: Command, tmp_path: Path) -> None:
    code, _, err = translate(tmp_path)
    assert code == 2
    assert "is a folder: name its files" in err


def test_where_nothing_can_be_written_nothing_is_translated(translate: Command, tmp_path: Path) -> None:
    """A model that is not there is looked for when the translation begins."""
    source = tmp_path / "a.txt"
    source.write_text("Hello")
    code, _, err = translate(source, "--output", tmp_path / "absent" / "a.txt", "--model", "unknown")
    assert code == 6
    assert "a.txt cannot be written: No such file or directory" in err


def test_standard_input_is_utf8_and_keeps_its_line_ends(translate: Command) -> None:
    code, out, _ = translate("-", given=b"12\r\n34\r\n")
    assert (code, out) == (0, "12\r\n34\r\n")
    code, _, err = translate("-", given=b"ok\nThe caf\xe9 is open.")
    assert code == 2
    assert "standard input:2: not UTF-8: byte 0xe9" in err


def test_more_terms_than_the_limit_are_counted(translate: Command, tmp_path: Path) -> None:
    glossary = tmp_path / "terms.tsv"
    glossary.write_text("".join(f"t{number}\tx\n" for number in range(1200)))
    code, _, err = translate("-", "--glossary", glossary, given=b"12")
    assert code == 2
    assert err == "trunkline: --glossary has 1,200 terms, the limit is 1,000: leave some out\n"
    glossary.write_text("term\t" + "x" * 300)
    code, _, err = translate("-", "--glossary", glossary, given=b"12")
    assert code == 2
    assert "--glossary 'term': String should have at most 200 characters" in err
    assert "pydantic" not in err
