"""Names of parallel data."""

from __future__ import annotations

from pathlib import Path

import pytest

from trunkline_translation.parallel import naming


@pytest.mark.parametrize(
    ("name", "stem", "code"),
    [
        ("corpus.en", "corpus", "en"),
        ("Tatoeba.en-pt.pt", "Tatoeba.en-pt", "pt"),
        ("por-eng.dev.eng", "por-eng.dev", "eng"),
        ("train.pt_BR", "train", "pt_BR"),
        ("train.zho_Hans", "train", "zho_Hans"),
        ("corpus.en.txt", "corpus", "en"),
        ("corpus.en.gz", "corpus", "en"),
        ("corpus.en.txt.gz", "corpus", "en"),
        ("en.txt", "", "en"),
        ("train.src", "train", "src"),
    ],
)
def test_a_side_says_its_language(name: str, stem: str, code: str) -> None:
    found = naming.side(Path("folder") / name)
    assert found is not None
    assert (found.stem, found.code) == (stem, code)


@pytest.mark.parametrize("name", ["corpus.txt", "rows.tsv", "rows.jsonl", "README", "R.md", "x.ids", "en", "a.tmx"])
def test_other_files_are_no_sides(name: str) -> None:
    assert naming.side(Path(name)) is None


@pytest.mark.parametrize(
    ("written", "name", "pair"),
    [
        ("memory.tmx:en-pt", "memory.tmx", "en-pt"),
        ("corpus:en-pt-BR", "corpus", "en-pt-BR"),
        ("corpus:eng_Latn-zho_Hans", "corpus", "eng_Latn-zho_Hans"),
        ("a:b:en-pt", "a:b", "en-pt"),
        ("corpus", "corpus", None),
        ("corpus.en-pt", "corpus.en-pt", None),
        ("corpus:", "corpus:", None),
        (":en-pt", ":en-pt", None),
        ("corpus:english", "corpus:english", None),
    ],
)
def test_languages_are_written_behind_a_path(tmp_path: Path, written: str, name: str, pair: str | None) -> None:
    assert naming.asked(tmp_path / written) == (tmp_path / name, pair)


def test_a_file_that_is_so_called_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "odd:en-pt").touch()
    assert naming.asked(tmp_path / "odd:en-pt") == (tmp_path / "odd:en-pt", None)
