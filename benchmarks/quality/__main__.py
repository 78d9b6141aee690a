"""Run rows of the quality benchmark: all, or those named. Finished measurements are not taken again.

python -m benchmarks.quality [ROW ...] [CORPUS ...]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import transformers

from benchmarks.quality.analyze_row import analyze
from benchmarks.quality.baselines_row import baselines
from benchmarks.quality.corpora import CORPORA, ROOT, Corpus
from benchmarks.quality.languages_row import languages
from benchmarks.quality.learning_row import learning
from benchmarks.quality.page import write_page
from benchmarks.quality.plane_row import plane
from benchmarks.quality.policyqa_row import policies
from benchmarks.quality.policyqa_timed import policies_timed
from benchmarks.quality.reference_row import reference
from benchmarks.quality.retrieval_row import retrieval
from benchmarks.quality.seq2seq_trunk_row import seq2seq_trunks
from benchmarks.quality.stem_row import stems
from benchmarks.quality.timing_row import timing
from benchmarks.quality.together_row import together
from benchmarks.quality.translation_row import translation
from benchmarks.quality.versions_row import head, layers, picked

Corpora = Sequence[Corpus]


def versions(corpora: Corpora) -> None:
    for corpus in corpora:
        layers(corpus)
        head(corpus)


def references(corpora: Corpora) -> None:
    for corpus in corpora:
        reference(corpus)


def planes(corpora: Corpora) -> None:
    for corpus in corpora:
        plane(corpus)
        picked(corpus)


ROWS: dict[str, Callable[[Corpora], object]] = {
    "versions": versions,
    "reference": references,
    "timing": lambda _: timing(),
    "analyze": lambda _: analyze(),
    "baselines": lambda _: baselines(),
    "plane": planes,
    "languages": lambda _: languages(),
    "together": lambda _: together(),
    "stem": lambda _: stems(),
    "policyqa": lambda _: (policies(), policies_timed()),
    "retrieval": lambda _: retrieval(),
    "translation": lambda _: translation(),
    "learning": lambda _: learning(),
    "seq2seq-trunk": lambda _: seq2seq_trunks(),
    "page": lambda _: None,
}


def main(words: Sequence[str]) -> None:
    unknown = [word for word in words if word not in ROWS and word not in CORPORA]
    if unknown:
        known = f"rows: {', '.join(ROWS)}; corpora: {', '.join(CORPORA)}"
        raise SystemExit(f"no row or corpus named {unknown[0]!r}; {known}")
    if not (ROOT / "SHA256SUMS").is_file():
        raise SystemExit("no corpora: set TRUNKLINE_CORPORA to the folder that holds them")
    transformers.logging.set_verbosity_error()
    rows = [word for word in words if word in ROWS] or list(ROWS)
    corpora = [CORPORA[word] for word in words if word in CORPORA] or list(CORPORA.values())
    for row in rows:
        ROWS[row](corpora)
        write_page()


if __name__ == "__main__":
    main(sys.argv[1:])
