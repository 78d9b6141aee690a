"""The figures that are asked for, held against what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.speed.store import Store

Measured = dict[str, Any]
Figure = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A figure: what it is made of, and what it must be."""

    name: str
    keys: Sequence[str]  # of the measurements that `value` takes
    value: Callable[..., float | None]
    asked: float
    at_most: bool = False


def times_faster(other: str, own: str = "ours") -> Callable[[Measured], float | None]:
    """Give seconds of another over ours; None where either was refused."""

    def ratio(found: Measured) -> float | None:
        medians = found["medians"]
        return medians[other] / medians[own] if other in medians and own in medians else None

    return ratio


def times_fastest(found: Measured) -> float | None:
    """Give seconds of the fastest other over ours."""
    others = [seconds for name, seconds in found["medians"].items() if name != "ours"]
    return min(others) / found["medians"]["ours"] if others else None


def times_best(others: str, own: str) -> Callable[[Measured], float | None]:
    """Give the fewest seconds of sides whose names begin with `others` over the fewest of those with `own`."""

    def ratio(found: Measured) -> float | None:
        theirs, ours = (
            [seconds for name, seconds in found["medians"].items() if name.startswith(kind)] for kind in (others, own)
        )
        return min(theirs) / min(ours) if theirs and ours else None

    return ratio


def useful(found: Measured) -> float:
    """Give the share of tokens that are no padding."""
    run = found["runs"]["ours"]
    return float(run["useful_tokens"] / run["padded_tokens"])


def share(of: str, by: str) -> Callable[[Measured], float]:
    """Give one median over another."""
    return lambda found: float(found["medians"][of] / found["medians"][by])


ASKED = (
    Asked("Four tasks, fork 5: times as fast as four whole OpenVINO models", ["four-tasks/fork-5"],
          times_faster("openvino-bf16"), 1.7),
    Asked("Four tasks, fork 5: times as fast as four transformers models in fp32", ["four-tasks/fork-5"],
          times_faster("transformers-fp32"), 11.0),
    Asked("Four tasks, where auto leaves, all texts shared: times as fast as whole OpenVINO models",
          ["four-tasks/auto-all-shared"], times_faster("whole"), 2.3),
    Asked("Four tasks, where auto leaves, no text shared: times as fast as whole OpenVINO models",
          ["four-tasks/auto-none-shared"], times_faster("whole"), 1.15),
    Asked("One task, mixed lengths: times the tokens a second of OpenVINO in sorted batches of 32",
          ["one-task/mixed"], times_faster("openvino-bf16"), 1.25),
    Asked("Mixed lengths: useful tokens of padded tokens", ["one-task/mixed"], useful, 0.87),
    Asked("BERT-base stem, 32 x 128, bf16: share of the machine's peak", ["peak/stem-bf16"],
          lambda found: found["share_of_peak"], 0.75),
    Asked("BERT-base stem, 32 x 128: int8 times as fast as bf16", ["peak/stem-int8"], share("bf16", "int8"), 1.35),
    Asked("One request of 16 tokens, MiniLM: speed beside the best engine", ["single/minilm"], times_fastest, 0.95),
    Asked("One request of 16 tokens, BERT-base: speed beside the best engine", ["single/bert-base"],
          times_fastest, 0.95),
    Asked("Four tasks that share no text, BERT-base: speed beside whole OpenVINO models", ["overlap/bert-base/000"],
          times_faster("openvino-bf16"), 0.95),
    Asked("Four tasks that share no text, MiniLM: speed beside whole OpenVINO models", ["overlap/minilm/000"],
          times_faster("openvino-bf16"), 0.90),
    Asked("Eight tasks, BERT-base, fork 9: times as fast as eight whole OpenVINO models", ["overlap/bert-base/eight"],
          times_faster("openvino-bf16"), 2.3),
    Asked("A hundred heads on the same texts: times the seconds of one", ["many-heads/hundred"],
          share("hundred", "one"), 1.5, at_most=True),
    Asked("Server of 20 versions: times the memory of one", ["footprint/memory-20", "footprint/memory-01"],
          lambda many, one: many["resident_mib"] / one["resident_mib"], 1.5, at_most=True),
    Asked("Server of 20 versions: times the memory of one, both without fused graphs",
          ["footprint/memory-20-unfused", "footprint/memory-01-unfused"],
          lambda many, one: many["resident_mib"] / one["resident_mib"], 1.5, at_most=True),
    Asked("Server of one version: memory, MiB", ["footprint/memory-01"],
          lambda found: found["resident_mib"], 400.0, at_most=True),
    Asked("Server of 5 compiled versions: seconds until ready", ["footprint/cold-start"],
          lambda found: found["medians"]["ready"], 5.0, at_most=True),
    Asked("Archive, a new head: times as fast from kept states as from texts", ["archive/head"],
          share("texts", "states"), 10.0),
    Asked("HTTP, 32 connections: share of the engine's own throughput", ["http/throughput"],
          share("http", "in-process"), 0.5),
    Asked("HTTP, 32 connections: times the throughput of LitServe", ["http/throughput"],
          share("http", "litserve"), 1.5),
    Asked("HTTP, 32 connections: times the throughput of Infinity", ["http/infinity"], share("ours", "infinity"), 2.0),
    Asked("HTTP, one connection, BERT-base, 64 tokens: latency over the bare forward's", ["http/latency"],
          share("http", "bare"), 1.25, at_most=True),
    Asked("p99 of other tasks beside a head that hangs: times that beside a healthy one", ["rogue/latency"],
          share("hangs p99", "healthy p99"), 1.25, at_most=True),
    Asked("p99 of other tasks beside a head that raises: times that beside a healthy one", ["rogue/latency"],
          share("raises p99", "healthy p99"), 1.25, at_most=True),
    Asked("Knowledge base of 100,000 passages: milliseconds of a search by words and vectors",
          ["knowledge/questions-100000"], lambda found: found["medians"]["hybrid"], 50, at_most=True),
    Asked("Knowledge base: documents stored a second", ["knowledge/updates"],
          lambda found: found["medians"]["documents a second"], 1000),
    Asked("Translation, a Marian of OPUS-MT's size: torch engine, times as fast as transformers' generate",
          ["translation/best"], times_best("transformers", "torch"), 1.5),
    Asked("Translation, a Marian of OPUS-MT's size: OpenVINO engine, times as fast as transformers' generate",
          ["translation/best"], times_best("transformers", "openvino"), 3.0),
    Asked("Translation, a Marian of OPUS-MT's size: CTranslate2 engine, speed beside CTranslate2 alone",
          ["translation/best"], times_faster("alone-int8", "ctranslate2"), 0.9),
)  # fmt: skip


def figures(store: Store) -> list[Figure]:
    """Give every asked figure; a value of None was not measured, or was refused for its answers."""
    return [_figure(one, [store.found(key) for key in one.keys]) for one in ASKED]


def _figure(one: Asked, found: Sequence[Measured | None]) -> Figure:
    value = None if None in found else one.value(*found)
    return {"name": one.name, "value": value, "asked": one.asked, "at_most": one.at_most, "holds": holds(value, one)}


def holds(value: float | None, one: Asked) -> bool | None:
    """Tell whether a value is what was asked for; None where there is none."""
    if value is None:
        return None
    return value <= one.asked if one.at_most else value >= one.asked
