"""Measuring at the command line, and the bad input that it meets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROWS = [{"text": f"where is my order {number}", "label": "order"} for number in range(6)] + [
    {"text": f"please cancel it {number}", "label": "cancel"} for number in range(6)
]


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return str(path)


def test_the_json_has_what_is_promised(trunkline: Any, models: Path, tmp_path: Path) -> None:
    data = write(tmp_path / "test.jsonl", ROWS)
    wrong, figures = tmp_path / "wrong.jsonl", tmp_path / "figures"
    done = trunkline("evaluate", "intents", "--data", data, "--errors", str(wrong), "--figures", str(figures), "--json")
    assert (done.json["model"], done.json["n"]) == ("classification/intents@1", 12)
    assert {"value", "low", "high"} == done.json["metrics"]["accuracy"].keys()
    assert "macro_f1" in done.json["metrics"]
    assert done.json["seconds"] > 0
    assert len(wrong.read_text().splitlines()) == round(12 * (1 - done.json["metrics"]["accuracy"]["value"]))
    assert sorted(done.json["figures"]) == sorted(str(file) for file in figures.iterdir())
    assert all(file.read_text().lstrip().startswith(("<svg", "<?xml")) for file in figures.iterdir())
    assert trunkline("models", "show", "intents", "--json").json["evaluations"][0]["n"] == 12


def test_other_columns_by_name(trunkline: Any, models: Path, tmp_path: Path) -> None:
    renamed = [{"text": row["text"], "category": row["label"], "other": 1} for row in ROWS]
    data = write(tmp_path / "test.jsonl", renamed)
    assert trunkline("evaluate", "intents", "--data", data, "--column", "label=category", "--json").json["n"] == 12
    trunkline("evaluate", "intents", "--data", data, "--column", "category").failed(2, "FIELD=COLUMN")


def test_devices_and_links_are_never_replaced(trunkline: Any, models: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.jsonl"
    link.symlink_to(tmp_path / "elsewhere")
    for target in (link, tmp_path):
        data = write(tmp_path / "test.jsonl", ROWS)
        trunkline("evaluate", "intents", "--data", data, "--errors", str(target)).failed(2, "--errors")
    assert link.is_symlink()


def test_the_data_file_is_not_a_place_for_errors(trunkline: Any, models: Path, tmp_path: Path) -> None:
    data = write(tmp_path / "test.jsonl", ROWS)
    before = Path(data).read_text()
    trunkline("evaluate", "intents", "--data", data, "--errors", data).failed(2, "--errors", "name a new file")
    assert Path(data).read_text() == before


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("columns.csv", b"sentence,kind,more\na,order,1\n", ["text"]),
        ("unknown.jsonl", b'{"text": "a", "label": "refund"}', ["refund"]),
        ("empty.csv", b"", ["empty.csv"]),
        ("latin.csv", "text,label\nfür,order\n".encode("latin-1"), ["UTF-8"]),
        ("broken.jsonl", b'{"text": "a", "label": "order"}\n{"text": \n', ["broken.jsonl:2"]),
    ],
)
def test_bad_files_are_told(
    trunkline: Any, models: Path, tmp_path: Path, name: str, content: bytes, told: list[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    trunkline("evaluate", "intents", "--data", str(tmp_path / name)).failed(2, *told)


def test_token_and_tag_counts_that_differ(trunkline: Any, models: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.conll").write_text("ada B-person\nmet O\nlondon\n")
    trunkline("evaluate", "tickets", "--data", str(tmp_path / "bad.conll")).failed(2, "bad.conll:3")


def test_a_missing_file_offers_its_neighbours(trunkline: Any, models: Path, tmp_path: Path) -> None:
    write(tmp_path / "test.jsonl", ROWS)
    trunkline("evaluate", "intents", "--data", str(tmp_path / "tset.jsonl")).failed(3, "test.jsonl")


def test_an_unknown_model(trunkline: Any, models: Path) -> None:
    trunkline("evaluate", "intnts", "--data", "x.csv").failed(3, "did you mean")
