"""Lines read as requests, and bad ones named."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from trunkline.errors import DataError, NotFound
from trunkline.estimate.log import Line, Lines, Sizes
from trunkline.prediction.source import objects, rows


def number(task: str | None, model: str | None) -> int:
    if (task or model) not in ("ner", "intents"):
        raise NotFound(f"no {task or model}")
    return 0 if task == "ner" else 1


def read(*lines: Any) -> list[Line]:
    text = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines)
    return list(Lines(number).read(objects(io.BytesIO(text.encode()), Path("log.jsonl"))))


def test_equal_texts_have_equal_keys_and_hashes_are_none_of_them() -> None:
    first, second, third, hashed, older = read(
        {"text": "a b", "task": "ner"},
        {"text": "a b", "model": "intents"},
        {"text": "a c", "task": "ner"},
        {"text_hash": "a b", "task": "ner"},
        {"hash": "a b", "task": "ner"},
    )
    assert first.key == second.key != third.key
    assert hashed.key == older.key != first.key
    assert [line.version for line in (first, second)] == [0, 1]
    assert (first.text, hashed.text) == ("a b", None)


def test_times_are_seconds_or_moments() -> None:
    found = read(
        *({"text": "a", "task": "ner", "time": time} for time in (86400, "86401.5", "1970-01-02T00:00:02Z")),
        {"text": "a", "task": "ner", "time": "1970-01-02T01:00:03+01:00"},
        {"text": "a", "task": "ner", "time": "1970-01-02 00:00:04"},
    )
    assert [line.time for line in found] == [86400.0, 86401.5, 86402.0, 86403.0, 86404.0]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("no json", "not JSON"),
        ({"task": "ner"}, "no text and no text_hash"),
        ({"text": 7, "task": "ner"}, "this is int"),
        ({"text": "a"}, "neither task nor model"),
        ({"text": "a", "task": ["ner"]}, "task: a name is expected"),
        ({"text": "a", "task": "nre"}, "no nre"),
        ({"text": "a", "task": "ner", "tokens": 0}, "tokens: 0 is no whole number above 0"),
        ({"text": "a", "task": "ner", "tokens": 1.5}, "no whole number"),
        ({"text": "a", "task": "ner", "tokens": 10**308}, "at most 8000000 are counted"),
        ({"text": "\ud800", "task": "ner"}, "lone surrogate"),
        ({"text": "a", "task": "ner", "tokens": True}, "'True' is no number"),
        ({"text": "a", "task": "ner", "time": "noon"}, "'noon' is neither"),
        ({"text": "a", "task": "ner", "time": 1.7e12}, "looks like milliseconds"),
        ({"text": "a", "task": "ner", "time": 5}, "in every line, or in none"),
    ],
)
def test_each_bad_line_is_named(line: Any, told: str) -> None:
    good = {"text": "a", "task": "ner"}
    with pytest.raises(DataError, match="A line has text") as caught:
        read(good, line, good, line)
    assert [problem.split(": ")[0] for problem in caught.value.problems] == ["log.jsonl:2", "log.jsonl:4"]
    assert all(told in problem for problem in caught.value.problems)


def test_a_table_reads_as_lines_do(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("text,task,model,tokens,time\na,ner,,12,5\nb,,intents,,6\n")
    first, second = Lines(number).read(rows(path, {}))
    assert (first.version, first.tokens, first.time) == (0, 12, 5.0)
    assert (second.version, second.tokens, second.time) == (1, None, 6.0)


def test_tokens_that_are_not_said_come_from_the_characters() -> None:
    sizes = Sizes(per_character=0.5, special=2, usual=9.0)
    tokens = [sizes.request(Line(b"", text, 0, said, None)).tokens for text, said in (("abcd", None), ("abcd", 7))]
    assert tokens == [4.0, 7]
    assert sizes.request(Line(b"", None, 0, None, None)).tokens == 9.0
