from __future__ import annotations

from pathlib import Path

import pytest

from trunkline import InvalidInput
from trunkline_translation.bergamot.folder import find, is_bergamot


def laid_out(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


def test_one_vocabulary_serves_both_sides(tmp_path: Path) -> None:
    folder = laid_out(
        tmp_path, "model.enpt.intgemm.alphas.bin", "vocab.enpt.spm", "lex.50.50.enpt.s2t.bin", "config.yml"
    )
    files = find(folder)
    assert is_bergamot(folder)
    assert files.model.name == "model.enpt.intgemm.alphas.bin"
    assert files.source_vocabulary == files.target_vocabulary == folder / "vocab.enpt.spm"
    assert files.one_vocabulary


def test_a_pair_is_told_apart(tmp_path: Path) -> None:
    files = find(laid_out(tmp_path, "model.enzh.intgemm8.bin", "trgvocab.enzh.spm", "srcvocab.enzh.spm"))
    assert (files.source_vocabulary.name, files.target_vocabulary.name) == ("srcvocab.enzh.spm", "trgvocab.enzh.spm")
    assert not files.one_vocabulary


@pytest.mark.parametrize(
    "names",
    [
        (),
        ("model.bin",),
        ("vocab.spm",),
        ("lex.bin", "vocab.spm"),
        ("pytorch_model.bin", "source.spm", "target.spm"),  # OPUS-MT as transformers has it
        ("model.bin", "vocab.spm", "config.json"),
    ],
)
def test_other_folders_are_not_taken_for_one(tmp_path: Path, names: tuple[str, ...]) -> None:
    assert not is_bergamot(laid_out(tmp_path, *names))


def test_what_is_no_folder_is_not_taken_for_one(tmp_path: Path) -> None:
    assert not is_bergamot(tmp_path / "absent")
    assert not is_bergamot(laid_out(tmp_path, "file") / "file")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("vocab.spm",), "no binary Marian model"),
        (("a.bin", "b.bin", "vocab.spm"), "2 models, a.bin, b.bin: give a folder for each"),
        (("a.bin",), "no vocabulary"),
        (("a.bin", "x.spm", "y.spm"), "2 vocabularies, x.spm, y.spm"),
        (("a.bin", "srcvocab.spm", "trgvocab.spm", "vocab.spm"), "3 vocabularies"),
    ],
)
def test_what_is_absent_or_doubtful_is_named(tmp_path: Path, names: tuple[str, ...], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        find(laid_out(tmp_path, *names))
