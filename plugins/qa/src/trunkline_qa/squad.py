"""SQuAD's JSON, 1.1 and 2.0: articles of paragraphs of questions, flattened to rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trunkline import DataError

_SNIFFED = 4096  # bytes


def reads(path: Path) -> bool:
    """Tell whether `path` is a JSON file whose top is an object with `data`, as far as its first bytes tell."""
    if not path.is_file() or path.suffix.lower() not in (".json", ""):
        return False
    with path.open("rb") as file:
        start = file.read(_SNIFFED).decode("utf-8-sig", "replace").lstrip()
    if not start.startswith("{"):
        return False
    return '"paragraphs"' in start or '"data"' in start[: len('{"version": "a version and its date", "data"')]


def read(path: Path) -> list[Mapping[str, Any]]:
    """Give a row {question, context, answers, id, __place__} for each question. Raises `DataError`."""
    try:
        whole = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        problem = f"{path.name}:{error.lineno}: not JSON: {error.msg}"
        raise DataError([problem], "Give SQuAD's JSON, or a row a line in a .jsonl file.") from error
    except (RecursionError, UnicodeDecodeError) as error:
        problem = f"{path.name}: not JSON in UTF-8 of a usual depth ({type(error).__name__})"
        raise DataError([problem], "Give SQuAD's JSON, or a row a line in a .jsonl file.") from error
    problems: list[str] = []
    rows = list(_rows(whole, path.name, problems))
    if problems:
        raise DataError(problems, "SQuAD's JSON is data[].paragraphs[] of a context and qas[] of a question.", rows)
    if not rows:
        raise DataError([f"{path.name}: no question in it"], "Give a file with at least one question.")
    return rows


def _rows(whole: Any, name: str, problems: list[str]) -> Iterator[Mapping[str, Any]]:
    for place, paragraph in _paragraphs(whole, name, problems):
        context, questions = paragraph.get("context"), paragraph.get("qas")
        if not isinstance(context, str) or not isinstance(questions, list):
            problems.append(f"{place}: a paragraph has a text `context` and a list `qas`")
            continue
        for number, asked in enumerate(questions):
            where = f"{place}.qas[{number}]"
            if not isinstance(asked, dict) or not isinstance(asked.get("question"), str):
                problems.append(f"{where}: a question has a text `question`")
                continue
            if not (_is_text(context) and _is_text(asked["question"])):
                problems.append(f"{where}: half of a surrogate pair in a text, which no encoding can hold")
                continue
            yield {
                "question": asked["question"],
                "context": context,
                "answers": [] if asked.get("is_impossible") else asked.get("answers", []),
                "id": None if asked.get("id") is None else str(asked["id"]),
                "__place__": where,
            }


def _is_text(value: str) -> bool:
    """Tell whether a text can be written in UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _paragraphs(whole: Any, name: str, problems: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    articles = whole.get("data") if isinstance(whole, dict) else None
    if not isinstance(articles, list):
        problems.append(f"{name}: no list `data` at the top")
        return
    for index, article in enumerate(articles):
        paragraphs = article.get("paragraphs") if isinstance(article, dict) else None
        if not isinstance(paragraphs, list):
            problems.append(f"{name}: data[{index}] has no list `paragraphs`")
            continue
        for number, paragraph in enumerate(paragraphs):
            place = f"{name}: data[{index}].paragraphs[{number}]"
            if isinstance(paragraph, dict):
                yield place, paragraph
            else:
                problems.append(f"{place}: not an object")
