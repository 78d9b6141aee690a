"""Names that look wrong are told when a model is imported, and so is an alias that translates something else now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import marian_files
from trunkline.cli.main import run
from trunkline_translation import importing, pairs

Import = Callable[..., str]


def folder(at: Path, model: str, vocabulary: str) -> Path:
    """Write a tiny random model of Bergamot's under these names."""
    marian_files.write_folder(at)
    (at / "model.ende.intgemm.alphas.bin").rename(at / model)
    (at / "vocab.ende.spm").rename(at / vocabulary)
    return at


@pytest.fixture
def imported(home: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Import:
    """Run `trunkline import`; gives what it warned of."""
    monkeypatch.setenv("TRUNKLINE_THREADS", "1")

    def command(source: Path, *options: str) -> str:
        capfd.readouterr()
        assert run(["import", "translation/tiny", "--from", str(source), *options]) == 0
        return "\n".join(line for line in capfd.readouterr().err.splitlines() if "warning" in line)

    return command


def test_names_that_do_not_fit_are_told(imported: Import, tmp_path: Path) -> None:
    odd = folder(tmp_path / "odd", "model.zzpt.alphas.bin", "vocab.enpt.spm")
    assert imported(odd).splitlines() == [
        "warning: model.zzpt.alphas.bin: 'zz' is no language's code in ISO 639-1, though requests may name it",
        "warning: vocab.enpt.spm is of en-pt and model.zzpt.alphas.bin of zz-pt: is it its own?",
    ]


def test_names_that_fit_or_say_nothing_are_not(tmp_path: Path) -> None:
    for number, (model, vocabulary) in enumerate([
        ("model.enpt.alphas.bin", "vocab.enpt.spm"), ("model.enpt.bin", "vocab.spm"), ("a.bin", "vocab.enpt.spm"),
    ]):  # fmt: skip
        assert importing.warnings(folder(tmp_path / str(number), model, vocabulary)) == []
    assert importing.warnings(tmp_path) == []


def test_an_alias_that_goes_to_another_pair_is_told(imported: Import, tmp_path: Path) -> None:
    one = folder(tmp_path / "one", "model.enpt.bin", "vocab.enpt.spm")
    other = folder(tmp_path / "other", "model.pten.bin", "vocab.pten.spm")
    assert imported(one, "--alias", "production") == ""
    assert imported(one, "--alias", "production") == ""
    assert imported(other) == ""
    told = imported(other, "--alias", "production")
    assert told == "warning: production: the version before translates en-pt, this one pt-en"


def test_versions_of_several_languages_are_not_compared() -> None:
    assert pairs.changes({"languages": {"told": ["fr"]}}, {"languages": {"pair": ["en", "pt"]}}) == []
    assert pairs.changes({}, {"languages": {"pair": ["en", "pt"]}}) == []
