"""The page's parts on questions about texts, and on search."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

from benchmarks.quality.statistics import shown
from benchmarks.quality.store import stored, under

POLICYQA = {
    "joint-3": "ours, read together, fork 3",
    "apart-3": "ours, read apart up to 3, three layers above",
    "apart-3-2": "two layers above",
    "apart-4": "ours, read apart up to 4, two layers above",
}
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
    yield "Learning rates are tried on both sides with seed 0, and the one that is best on dev goes on; here is"
    yield "each. What reads both texts apart takes the rate of what reads them together. The seconds were taken while"
    yield "the machine did other work: they tell no ratio."
    yield from (
        "",
        "| | learning rate | F1 on dev | F1 on test | exact match | seeds | seconds to tune |",
        "|---" * 7 + "|",
    )
    for prefix, name in (("reference", "reference"), *((f"ours/{place}", told) for place, told in POLICYQA.items())):
        side, _, place = prefix.partition("/")
        yield from _rates_told(
            list(under("/".join(part for part in (side, "policyqa", place) if part) + "/").values()), name
        )
    yield ""
    for backend in ("torch", "openvino"):
        yield from _time_told(backend, stored(f"timing/policyqa/five-passages/{backend}"))


def _rates_told(results: list[dict[str, Any]], name: str) -> Iterator[str]:
    for rate in sorted({one["rate"] for one in results}):
        found = [one for one in results if one["rate"] == rate]
        cells = [shown([one[key] for one in found]) for key in ("dev", "test", "test_exact")]
        seconds = median(one["seconds"] for one in found)
        yield f"| {name} | {rate:g} | {' | '.join(cells)} | {len(found)} | {seconds:.0f} |"
    if not results:
        yield f"| {name} | not measured yet | - | - | - | - | - |"


def searches_told() -> Iterator[str]:
    yield from ("## Search", "")
    yield "Per cent of queries with a right text first / among the first five. Vectors are the mean of the last states,"
    yield "of MiniLM as it is (Tatoeba: of multilingual-e5-small in four bits); hybrid fuses the first 50 of both by"
    yield "reciprocal rank; tuned: the task `retrieval`, trained on pairs, the mean of the seeds in brackets."
    yield from (
        "",
        "| searched | BM25 | vectors | hybrid | tuned vectors | tuned hybrid |",
        "|---|---|---|---|---|---|",
    )
    for name, told in SEARCHED.items():
        cells = [_found([stored(f"retrieval/{name}/{way}")], "recall") for way in UNTUNED]
        tuned = list(under(f"retrieval/{name}/tuned/").values())
        cells += [_found(tuned, key) + (f" ({len(tuned)})" if tuned else "") for key in ("recall", "hybrid_recall")]
        yield f"| {told} | {' | '.join(cells)} |"
    yield ""


def _found(results: list[Any], key: str) -> str:
    taken = [one for one in results if one]
    if not taken:
        return "-"
    return " / ".join(shown([one[f"{key}@{cutoff}"] for one in taken]) for cutoff in (1, 5))


def _time_told(backend: str, found: dict[str, Any] | None) -> Iterator[str]:
    if found is None:
        yield from (f"Milliseconds of a question in {backend}: not measured yet.", "")
        return
    yield f"A new question of {found['passages']} known passages in {backend} {found['precision']}, "
    yield f"median of {len(found['rounds'])} rounds in turn: "
    yield f"{found['medians']['joint']:.1f} ms read together; with the passages' states kept,"
    for place, ratio in found["ratios"].items():
        yield f"- {POLICYQA[place].removeprefix('ours, ')}: {found['medians'][place]:.1f} ms, {ratio:.2f} times as fast"
    yield ""
