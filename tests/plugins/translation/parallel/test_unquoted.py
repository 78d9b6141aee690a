"""TSV with quotes that are text, and with quotes around fields."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from trunkline_translation.parallel.reading import read


def written(folder: Path, *rows: str, name: str = "train.tsv") -> Path:
    (folder / name).write_text("\n".join(["source\ttarget", *rows]) + "\n", encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(
    "rows",
    [
        ['"No", she said.\t"Não", disse ela.', "one\tum"],
        ['"Hi, he said.\tOi, disse ele.', 'And left."\tE saiu.'],  # quotes would join both lines to one row
    ],
)
def test_quotes_of_the_text_stay_in_it(tmp_path: Path, rows: list[str]) -> None:
    assert read(written(tmp_path, *rows)) == [
        {"source": source, "target": target, "__place__": f"train.tsv:{number}"}
        for number, (source, _, target) in enumerate((row.partition("\t") for row in rows), 2)
    ]


def test_quotes_around_fields_are_the_platforms(tmp_path: Path) -> None:
    path = tmp_path / "train.tsv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t").writerows([["source", "target"], ['"No", she', "a\nb"], ["c\td", "e"]])
    assert read(path) is None


@pytest.mark.parametrize("name", ["train.csv", "train.jsonl"])
def test_other_files_are_the_platforms(tmp_path: Path, name: str) -> None:
    assert read(written(tmp_path, '"No", she said.\t"Não", disse ela.', name=name)) is None


def test_lines_of_another_width_are_the_platforms_to_tell(tmp_path: Path) -> None:
    assert read(written(tmp_path, '"No", she said.\t"Não", disse ela.', "one")) is None
    assert read(written(tmp_path, "one\tum")) is None


def test_empty_cells_of_what_may_be_left_out_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "train.tsv"
    path.write_text('source\ttarget\ttarget_lang\n"a" b\t\t\n', encoding="utf-8")
    assert read(path) == [{"source": '"a" b', "target": "", "__place__": "train.tsv:2"}]
