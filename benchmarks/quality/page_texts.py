"""The page's parts on questions about texts, and on search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import median
from typing import Any

from benchmarks.quality.figures import references
from benchmarks.quality.statistics import shown
from benchmarks.quality.store import stored, under

POLICYQA = {"joint-3": "ours, read together, fork 3", "apart-3": "ours, read apart up to 3", "apart-4": "up to 4"}
SEARCHED = {
    "banking77": "Banking77: a known message of the same intent",
    "policyqa": "PolicyQA: a text that the question is asked of",
    "tatoeba-cmn-eng": "Tatoeba: the English of a Chinese sentence",
    "tatoeba-eng-cmn": "Tatoeba: the Chinese of an English sentence",
}
UNTUNED = ("bm25", "vectors", "hybrid")


def policies_told() -> Iterator[str]:
    yield from ("## Answers from privacy policies", "")
    yield "PolicyQA, three epochs, spans decoded by the same rules; dev is a tenth of the texts with their questions."
    yield from ("", "| | F1 | exact match | seconds to tune |", "|---|---|---|---|")
    exact = references("policyqa", "test_exact")
    yield f"| reference | {shown(references('policyqa'))} | {shown(exact)} | {_seconds('reference/policyqa/')} |"
    for place, name in POLICYQA.items():
        found = list(under(f"ours/policyqa/{place}/").values())
        cells = [shown([one[key] for one in found]) for key in ("test", "test_exact")]
        yield f"| {name} | {' | '.join(cells)} | {_seconds(f'ours/policyqa/{place}/')} |"
    yield ""
    yield from _time_told(stored("timing/policyqa/five-passages"))


def searches_told() -> Iterator[str]:
    yield from ("## Search", "")
    yield "Per cent of queries with a right text first / among the first five. Vectors are the mean of the last states,"
    yield "of MiniLM as it is (Tatoeba: of multilingual-e5-small in four bits); hybrid fuses the first 50 of both by"
    yield f"reciprocal rank; tuned: the task `retrieval`, trained on pairs, {_seeds('retrieval/', '/tuned/')}."
    yield from (
        "",
        "| searched | BM25 | vectors | hybrid | tuned vectors | tuned hybrid |",
        "|---|---|---|---|---|---|",
    )
    for name, told in SEARCHED.items():
        cells = [_found([stored(f"retrieval/{name}/{way}")], "recall") for way in UNTUNED]
        tuned = list(under(f"retrieval/{name}/tuned/").values())
        cells += [_found(tuned, key) for key in ("recall", "hybrid_recall")]
        yield f"| {told} | {' | '.join(cells)} |"
    yield ""


def _seeds(prefix: str, part: str) -> str:
    """Tell how many seeds were run, of which the numbers may differ."""
    counts = Counter(key.rpartition("/")[0] for key in under(prefix) if part in key)
    if not counts:
        return "not measured yet"
    least, most = min(counts.values()), max(counts.values())
    told = f"{most}" if least == most else f"{least} to {most}"
    return f"{told} seed{'' if told == '1' else 's'}"


def _found(results: list[Any], key: str) -> str:
    taken = [one for one in results if one]
    if not taken:
        return "-"
    return " / ".join(shown([one[f"{key}@{cutoff}"] for one in taken]) for cutoff in (1, 5))


def _seconds(prefix: str) -> str:
    found = [one["seconds"] for one in under(prefix).values()]
    return f"{median(found):.0f}" if found else "-"


def _time_told(found: dict[str, Any] | None) -> Iterator[str]:
    if found is None:
        yield from ("Milliseconds of a question: not measured yet.", "")
        return
    joint, apart = (found["medians"][side] for side in ("joint", "apart"))
    yield f"A new question of {found['passages']} known passages, median of {len(found['rounds'])} rounds in turn: "
    yield f"{joint:.1f} ms read together, {apart:.1f} ms read apart with the passages' states kept."
    yield ""
