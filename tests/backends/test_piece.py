"""Compiled pieces on disk: complete and verified, or made anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trunkline import EncoderInput
from trunkline.backends.calibration import Calibration
from trunkline.backends.piece import MANIFEST, Piece, PieceCache

FACTS = {"trunk": "t", "head": {"labels": ("a", "b")}, "openvino": "1"}


def write(folder: Path) -> None:
    (folder / "graph.xml").write_text("<net/>")
    (folder / "graph.bin").write_bytes(b"weights")


@pytest.fixture
def cache(tmp_path: Path) -> PieceCache:
    return PieceCache(tmp_path / "cache")


def test_a_piece_is_made_once_and_says_what_it_is_of(cache: PieceCache) -> None:
    texts = Calibration((EncoderInput("a"),))
    made = cache.get(FACTS, write, texts)
    assert cache.get(FACTS, lambda folder: pytest.fail("made twice")) == made
    assert set(made.files) == {"graph.xml", "graph.bin", MANIFEST}
    assert made.manifest.made_of == json.loads(json.dumps(FACTS))
    assert made.manifest.calibration == texts.facts()
    assert made.differing(FACTS) == []
    assert made.differing({**FACTS, "openvino": "2", "stem": "s"}) == ["openvino", "stem"]
    assert made.differing({"trunk": "t", "openvino": "1"}) == ["head"]


@pytest.mark.parametrize("name", ["graph.xml", "graph.bin", MANIFEST])
def test_a_file_that_is_damaged_or_gone_is_found(cache: PieceCache, name: str) -> None:
    for damage in (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?"), Path.unlink):
        damage(cache.get(FACTS, write).files[name])
        assert list(cache.pieces()) == []
        made = []
        cache.get(FACTS, lambda folder: (made.append(1), write(folder)))  # noqa: B023
        assert made == [1]


def test_a_making_that_fails_leaves_nothing(cache: PieceCache, tmp_path: Path) -> None:
    def fails(folder: Path) -> None:
        write(folder)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        cache.get(FACTS, fails)
    assert list((tmp_path / "cache").iterdir()) == []


def test_equal_files_compute_the_same_whatever_they_were_made_of(cache: PieceCache) -> None:
    one, other = cache.get(FACTS, write), cache.get({**FACTS, "openvino": "2"}, write)
    assert one.digest == other.digest
    changed = cache.get({"trunk": "u"}, lambda folder: (write(folder), (folder / "graph.bin").write_bytes(b"others")))
    assert changed.digest != one.digest
    assert {piece.digest for piece in cache.pieces()} == {one.digest, changed.digest}
    assert Piece.of(one.files) == one
