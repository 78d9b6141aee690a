"""From every form of parallel data to the same examples, by the platform's own way in."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from datasets import Dataset

from trunkline import DataError, NotFound, load_plugins
from trunkline.data.examples import Examples
from trunkline.data.read import read_examples
from trunkline.progress import Silent
from trunkline_translation import plugin
from trunkline_translation.examples import TranslationExample

TASK: Any = SimpleNamespace(name="translation", example_model=TranslationExample)  # all that reading asks of a task
PAIRS = [("one", "um"), ('two, "2" &', "dois é"), ("three\u2028 ", "três")]


def examples(path: Path, **options: Any) -> Examples:
    return read_examples(TASK, path, load_plugins(), **options)


def quoted(field: str) -> str:
    doubled = field.replace('"', '""')
    return f'"{doubled}"'


def every_form(folder: Path) -> list[Path]:
    """Write the pairs in every form."""
    rows = [{"source": source, "target": target} for source, target in PAIRS]
    by_language = [{"translation": {"en": source, "pt": target}} for source, target in PAIRS]
    escaped = [(source.replace("&", "&amp;"), target) for source, target in PAIRS]
    memory = "".join(
        f'<tu><tuv xml:lang="en"><seg>{source}</seg></tuv><tuv xml:lang="pt"><seg>{target}</seg></tuv></tu>'
        for source, target in escaped
    )
    contents = {
        "corpus.en": "".join(f"{source}\n" for source, _ in PAIRS),
        "corpus.pt": "".join(f"{target}\n" for _, target in PAIRS),
        "rows.tsv": "source\ttarget\n" + "".join(f"{source}\t{target}\n" for source, target in PAIRS),
        "quoted.tsv": "target\tsource\n" + "".join(f"{quoted(t)}\t{quoted(s)}\n" for s, t in PAIRS),
        "rows.csv": "source,target\n" + "".join(f"{quoted(s)},{quoted(t)}\n" for s, t in PAIRS),
        "rows.jsonl": "".join(json.dumps(row) + "\n" for row in rows),
        "opus.jsonl": "".join(json.dumps(row) + "\n" for row in by_language),
        "memory.tmx": f'<tmx version="1.4"><header srclang="en"/><body>{memory}</body></tmx>',
    }
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    Dataset.from_list(rows).save_to_disk(folder / "rows")
    Dataset.from_list(by_language).save_to_disk(folder / "translations")
    Dataset.from_list(by_language).to_parquet(folder / "opus.parquet")
    names = [*contents, "rows", "translations", "opus.parquet", "corpus:en-pt", "memory.tmx:en-pt", "opus.jsonl:en-pt"]
    return [folder / name for name in names if name != "corpus.pt"]


def test_every_form_gives_the_same_pairs(tmp_path: Path) -> None:
    for path in every_form(tmp_path):
        found = [(item.source, item.target) for item in examples(path).items]
        assert [(s.rstrip(" "), t) for s, t in found] == [(s.rstrip(" "), t) for s, t in PAIRS], path.name


def test_every_form_tells_of_empty_sides_with_their_place_and_can_leave_them_out(tmp_path: Path) -> None:
    (tmp_path / "a.en").write_text("one\n\nthree\n\n")
    (tmp_path / "a.pt").write_text("um\ndois\n \n\n")
    (tmp_path / "a.tsv").write_text("source\ttarget\none\tum\n\tdois\nthree\t \n")
    tu = '<tu><tuv xml:lang="en"><seg>{}</seg></tuv><tuv xml:lang="pt"><seg>{}</seg></tuv></tu>\n'
    units = tu.format("one", "um") + tu.format("", "dois") + tu.format("three", " ")
    (tmp_path / "a.tmx").write_text(f"<tmx><body>{units}</body></tmx>")
    for name, first in (("a.en", 2), ("a.tsv", 3), ("a.tmx", 2)):
        with pytest.raises(DataError) as caught:
            examples(tmp_path / name)
        assert [problem.partition(";")[0] for problem in caught.value.problems] == [
            f"{name}:{first}: source: it is empty",
            f"{name}:{first + 1}: target: it is empty",
        ]
        assert [item.source for item in examples(tmp_path / name, dropping=Silent()).items] == ["one"]


def test_columns_of_other_names_are_named(tmp_path: Path) -> None:
    (tmp_path / "rows.tsv").write_text("en\tpt\none\tum\n")
    with pytest.raises(DataError, match=r"no column for 'source', 'target'; its columns: en, pt"):
        examples(tmp_path / "rows.tsv")
    (item,) = examples(tmp_path / "rows.tsv", columns={"source": "pt", "target": "en"}).items
    assert (item.source, item.target) == ("um", "one")


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "corpus.en").write_text("one\n")
    for name in ("corpsu.en", "corpus:en-pt", "corpus.en-pt"):
        with pytest.raises(NotFound, match=f"no file named '{name}'"):
            examples(tmp_path / name)


def test_a_pipe_is_told_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "pipe").write_text('{"translation": {"en": "one", "pt": "um"}}\n')
    assert examples(tmp_path / "pipe").items[0].target == "um"


def test_another_tasks_files_are_left_alone(tmp_path: Path) -> None:
    for path in every_form(tmp_path):
        assert plugin.read_examples("classification", path) is None
