"""`trunkline qa knowledge-base`: made, filled from files, searched, asked, deleted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

GROUP = ("qa", "knowledge-base")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "handbook"
    folder.mkdir()
    (folder / "refunds.txt").write_text("Lost parcels are refunded within five days. Others are sent again.\n")
    (folder / "shops.txt").write_text("The shop in London opens at nine.\n")
    rows = [{"id": "phone", "question": "Is there a phone number?", "answer": "No: write to us."}]
    (folder / "faq.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    return folder


@pytest.fixture
def kb(trunkline: Any, models: Path) -> Any:
    """Run a command of the group, which must succeed; gives its JSON."""

    def run(*words: str) -> dict[str, Any]:
        done = trunkline(*GROUP, *words, "--json")
        assert done.code == 0, done.err
        return done.json

    return run


@pytest.fixture
def filled(kb: Any, files: Path) -> None:
    kb("create", "support", "--faq-threshold", "0.999")
    kb("add", "support", str(files))


def test_made_and_filled(kb: Any, files: Path) -> None:
    made = kb("create", "support", "--passage-prefix", "passage: ")
    assert made["settings"]["passage_prefix"] == "passage: "
    added = kb("add", "support", str(files))
    assert (added["added"], added["changed"], added["unchanged"], added["problem"]) == (3, 0, 0, None)
    assert added["vectors"]["made"] == added["vectors"]["vectors"] == 3
    again = kb("add", "support", str(files))
    assert (again["unchanged"], again["vectors"]["made"]) == (3, 0)
    told = kb("status", "support")
    assert (told["documents"], told["faq_pairs"], told["vectors"]["missing"]) == (2, 1, 0)
    [listed] = kb("list")["knowledge_bases"]
    assert listed["name"] == "support"
    assert len(kb("list", "support")["documents"]) == 3


def test_searched_and_asked(kb: Any, filled: None) -> None:
    found = kb("search", "support", "lost parcels", "--mode", "bm25")
    best = found["passages"][0]
    assert best["document_id"].endswith("refunds.txt")
    assert best["text"].startswith("Lost parcels")
    answered = kb("ask", "support", "is there a PHONE number")
    assert answered["answer"] == "No: write to us."


def test_changed_rebuilt_and_emptied(kb: Any, filled: None) -> None:
    told = kb("set", "support", "--query-prefix", "query: ")
    assert "rebuild" in told["vectors"]["problem"]
    assert kb("rebuild", "support")["vectors"]["made"] == 3
    assert kb("status", "support")["vectors"]["problem"] is None
    ids = [one["id"] for one in kb("list", "support")["documents"]]
    assert kb("delete", "support", *ids, "never") == {"name": "support", "deleted": 3, "missing": 1}
    assert kb("remove", "support", "--yes") == {"removed": "support"}
    assert kb("list")["knowledge_bases"] == []


def test_what_is_gone_from_a_folder_is_pruned_when_that_is_asked(kb: Any, filled: None, files: Path) -> None:
    (files / "refunds.txt").unlink()
    assert len(kb("list", "support")["documents"]) == 3
    assert "deleted" not in kb("add", "support", str(files))
    assert kb("add", "support", str(files), "--prune")["deleted"] == 1
    assert len(kb("list", "support")["documents"]) == 2
    shown = [kb("show", "support", one["id"]) for one in kb("list", "support")["documents"]]
    assert all(one["kind"] in ("document", "faq") for one in shown)


def test_a_base_is_not_removed_without_a_word(trunkline: Any, kb: Any, filled: None) -> None:
    done = trunkline(*GROUP, "remove", "support")
    assert done.code == 2
    assert "say --yes" in done.err
    assert kb("list")["knowledge_bases"]


def test_people_read_lines(trunkline: Any, models: Path, files: Path) -> None:
    for words, told in (
        (("create", "support"), "support"),
        (("add", "support", str(files)), "3 added, 0 changed, 0 unchanged\n3 vectors made by trunk "),
        (("list",), "support"),
        (("list", "support"), "phone"),
        (("status", "support"), "FAQ threshold"),
        (("search", "support", "shop in London"), "The shop in London"),
        (("ask", "support", "Is there a phone number?"), "1.000  No: write to us.  phone [0, 16)"),
        (("rebuild", "support"), "3 vectors made"),
        (("delete", "support", "phone", "never"), "1 deleted, 1 not there"),
        (("remove", "support", "--yes"), "support is deleted"),
        (("list",), "no knowledge bases yet"),
    ):
        done = trunkline(*GROUP, *words)
        assert done.code == 0, done.err
        assert told in done.out, words


def test_failures_are_told_in_a_line(trunkline: Any, models: Path, files: Path) -> None:
    trunkline(*GROUP, "status", "support").failed(3, "there is none yet")
    trunkline(*GROUP, "create", "support")
    trunkline(*GROUP, "create", "support").failed(5, "already")
    trunkline(*GROUP, "status", "suport").failed(3, "did you mean support?")
    trunkline(*GROUP, "create", "Support").failed(2, "Support")
    trunkline(*GROUP, "create", "other", "--trunk", "a", "--model", "b").failed(2, "not of both")
    trunkline(*GROUP, "create", "other", "--trunk", "nothing").failed(3, "nothing")
    trunkline(*GROUP, "add", "support", "nowhere.txt").failed(2, "nowhere.txt")
    trunkline(*GROUP, "ask", "support", " ").failed(2, "empty")
    trunkline(*GROUP, "search", "support", "a", "--mode", "vectors").failed(5, "no vectors yet")
    (files / "odd.bin").write_bytes(b"\x00")
    trunkline(*GROUP, "add", "support", str(files / "odd.bin")).failed(2, "odd.bin")


def test_without_a_trunk_words_are_searched(trunkline: Any, home: Path, files: Path) -> None:
    assert trunkline(*GROUP, "create", "support").code == 0
    done = trunkline(*GROUP, "add", "support", str(files))
    assert done.code == 0
    assert "what is new is found by its words: name the trunk" in done.out
    assert "refunds.txt" in trunkline(*GROUP, "search", "support", "lost parcels").out


@pytest.mark.parametrize(
    "command", ["create", "set", "add", "list", "status", "show", "delete", "remove", "rebuild", "search", "ask"]
)
def test_help_shows_examples(trunkline: Any, command: str) -> None:
    done = trunkline(*GROUP, command, "--help")
    assert done.code == 0
    assert f"  trunkline qa knowledge-base {command} support" in done.out
