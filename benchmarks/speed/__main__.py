"""Run rows of the speed benchmark: all, or those named. Finished measurements are not taken again.

python -m benchmarks.speed [--quick | --moderate] [--results FOLDER] [--page FILE] [ROW ...]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import transformers

from benchmarks.speed.bench import Bench
from benchmarks.speed.children import Failed
from benchmarks.speed.environments import NotInstallable
from benchmarks.speed.machine import QUIET, load_average
from benchmarks.speed.page import write_page
from benchmarks.speed.places import PAGE, RESULTS
from benchmarks.speed.rows.adapters import adapters
from benchmarks.speed.rows.archive import archive
from benchmarks.speed.rows.curves import curves
from benchmarks.speed.rows.footprint import footprint
from benchmarks.speed.rows.four_tasks import four_tasks
from benchmarks.speed.rows.http import http
from benchmarks.speed.rows.infinity import infinity
from benchmarks.speed.rows.knowledge import knowledge
from benchmarks.speed.rows.many_heads import many_heads
from benchmarks.speed.rows.one_task import one_task
from benchmarks.speed.rows.overlap import overlap
from benchmarks.speed.rows.parts import parts
from benchmarks.speed.rows.peak import peak
from benchmarks.speed.rows.rogue import rogue
from benchmarks.speed.rows.single import single
from benchmarks.speed.rows.translation import translation
from benchmarks.speed.rows.without_amx import without_amx
from benchmarks.speed.scale import FULL, MODERATE, QUICK
from benchmarks.speed.store import Store

ROWS: dict[str, Callable[[Bench], object]] = {
    "four-tasks": four_tasks,
    "one-task": one_task,
    "peak": peak,
    "single": single,
    "overlap": overlap,
    "many-heads": many_heads,
    "footprint": footprint,
    "archive": archive,
    "http": http,
    "infinity": infinity,
    "adapters": adapters,
    "without-amx": without_amx,
    "rogue": rogue,
    "curves": curves,
    "parts": parts,
    "knowledge": knowledge,
    "translation": translation,
}


def main(words: Sequence[str]) -> int:
    """Run what is named; returns the number of rows that could not be measured."""
    options = _options(words)
    scale = QUICK if options.quick else MODERATE if options.moderate else FULL
    results = options.results or (RESULTS if scale is FULL else RESULTS.with_name(f"speed-{scale.name}"))
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    bench = Bench(scale, Store(results))
    if load_average() > QUIET:
        print(f"load average {load_average():.2f}: others compute here, figures will be off", file=sys.stderr)
    page = options.page or (PAGE if results == RESULTS else results.with_suffix(".md"))
    unmeasured: dict[str, str] = {}
    for name in options.rows or ROWS:
        try:
            ROWS[name](bench)
        except (Failed, NotInstallable) as error:
            print(f"{name}: {error}", file=sys.stderr, flush=True)
            unmeasured[name] = str(error)
        write_page(bench.store, page, unmeasured)
    return len(unmeasured)


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}; default: all")
    parser.add_argument("--quick", action="store_true", help="few samples, to see that everything runs")
    parser.add_argument("--moderate", action="store_true", help="a quarter of the texts, for a slow machine")
    parser.add_argument("--results", type=Path, help="folder of results; default: benchmarks/results/speed")
    parser.add_argument("--page", type=Path, help="the page that is written; default: docs/benchmarks.md, or beside")
    options = parser.parse_args(words)
    if unknown := [name for name in options.rows if name not in ROWS]:
        parser.error(f"no row named {unknown[0]!r}; rows: {', '.join(ROWS)}")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
