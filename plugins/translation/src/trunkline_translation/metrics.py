"""Corpus BLEU and chrF as sacrebleu computes them, from 0 to 100, with the signatures that make figures comparable.

M. Post, "A Call for Clarity in Reporting BLEU Scores", WMT 2018; M. Popović, "chrF: character n-gram F-score for
automatic MT evaluation", WMT 2015. Both are functions of sums over sentences, so each sentence is counted once and a
resample of the bootstrap only adds up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trunkline_translation.languages import primary

if TYPE_CHECKING:
    from sacrebleu.metrics import BLEU, CHRF, BLEUScore

_ORDER = 4  # of BLEU's n-grams
_OF_BLEU = 2 + 2 * _ORDER  # counts of a sentence: both lengths, agreeing n-grams, all n-grams
_SENTENCES = 131_072  # whose counts are kept
_SIGNS = {"ja", "ko", "th", "lo", "km", "my", "bo", "dz"}  # whose words sacrebleu finds by no tokenizer of its own
_CHINESE = {"zh", "yue"}
_HAN = re.compile("[\u3400-\u9fff]")
_SIGN = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\uac00-\ud7af]")


class Right(NamedTuple):
    """The right translations of a sentence, one at least, and their language; None: their script decides."""

    texts: tuple[str, ...]
    language: str | None = None


def score(said: Sequence[str], right: Sequence[Right]) -> dict[str, float]:
    """Give {bleu, chrf}, 0 to 100, equal to sacrebleu's `corpus_score`.

    Raises `ValueError` for no sentences, or where `said` and `right` differ in number.
    """
    sums = _sums(said, right)
    return {"bleu": float(_bleu_of(sums).score), "chrf": _chrf_of(sums)}


def report(said: Sequence[str], right: Sequence[Right]) -> dict[str, Any]:
    """Tell what the figures are made of: signatures, n-gram precisions, lengths, and the outputs that say nothing."""
    bleu = _bleu_of(_sums(said, right))
    pairs = list(zip(said, right, strict=True))
    return {
        "sentences": len(pairs),
        "empty": sum(not text.strip() for text in said) / len(pairs),
        "exact": sum(exact(*pair) for pair in pairs) / len(pairs),
        "bleu": {
            "precisions": [float(one) for one in bleu.precisions],
            "brevity_penalty": float(bleu.bp),
            "length_ratio": float(bleu.ratio),
            "output_tokens": int(bleu.sys_len),
            "reference_tokens": int(bleu.ref_len),
        },
        "signatures": signatures(right),
    }


def signatures(right: Sequence[Right]) -> dict[str, str]:
    """Give sacrebleu's signatures of `score`'s figures; tokenizers of a file of several languages are joined by +."""
    bleu, chrf = _made_bleu("none"), _made_chrf()
    counts = {len(one.texts) for one in right}
    bleu.num_refs = chrf.num_refs = counts.pop() if len(counts) == 1 else -1
    signature = bleu.get_signature()
    signature.update("tok", "+".join(sorted({_tokenizer_of(one) for one in right})))
    return {"bleu": signature.format(), "chrf": chrf.get_signature().format()}


def of_sentence(said: str, right: Right) -> dict[str, float]:
    """Give {bleu, chrf} of one sentence, BLEU over the n-grams that it is long enough for (effective order)."""
    sums = _sums([said], [right])
    return {"bleu": float(_bleu_of(sums, effective=True).score), "chrf": _chrf_of(sums)}


def exact(said: str, right: Right) -> bool:
    """Tell whether it is a right translation to the letter, white space at its ends aside."""
    return said.strip() in {one.strip() for one in right.texts}


def tokenizer(text: str, language: str | None = None) -> str:
    """Name sacrebleu's tokenizer for a language, or for a text's script where no language is given: 13a, zh or char.

    Japanese and Korean are counted in characters, as the tokenizers made for them need MeCab and its dictionary,
    and Thai, Lao, Khmer, Burmese and Tibetan are, since they put no spaces between words.
    """
    if language is not None:
        name = primary(language)
        return "char" if name in _SIGNS else "zh" if name in _CHINESE else "13a"
    return "char" if _SIGN.search(text) else "zh" if _HAN.search(text) else "13a"


def _tokenizer_of(right: Right) -> str:
    return tokenizer(right.texts[0], right.language)


def _sums(said: Sequence[str], right: Sequence[Right]) -> NDArray[np.int64]:
    """Add up the counts of all sentences: (28,), BLEU's ten and chrF's three for each of six orders."""
    if not said:
        raise ValueError("no sentences to measure")
    if len(said) != len(right):
        raise ValueError(f"{len(said)} outputs and {len(right)} right translations: there is one for each")
    counts = b"".join(map(_counts, said, right))
    sums: NDArray[np.int64] = np.frombuffer(counts, np.int32).reshape(len(said), -1).sum(axis=0, dtype=np.int64)
    return sums


@lru_cache(maxsize=_SENTENCES)
def _counts(said: str, right: Right) -> bytes:
    """Count one sentence, as 32-bit integers: small, and quickly put together."""
    references = [[one] for one in right.texts]
    counts = _bleu(_tokenizer_of(right))._extract_corpus_statistics([said], references)[0]
    return np.asarray([*counts, *_chrf()._extract_corpus_statistics([said], references)[0]], np.int32).tobytes()


def _bleu_of(sums: NDArray[np.int64], effective: bool = False) -> BLEUScore:
    """Give BLEU of counts that its tokenizers have made already."""
    from sacrebleu.metrics import BLEU

    total = 2 + _ORDER
    return BLEU.compute_bleu(
        correct=sums[2:total].tolist(),
        total=sums[total:_OF_BLEU].tolist(),
        sys_len=int(sums[0]),
        ref_len=int(sums[1]),
        smooth_method="exp",  # sacrebleu's default for a corpus, which its signature names
        effective_order=effective,
    )


def _chrf_of(sums: NDArray[np.int64]) -> float:
    return float(_chrf()._compute_score_from_stats(sums[_OF_BLEU:].tolist()).score)


def _made_bleu(tokenize: str) -> BLEU:
    from sacrebleu.metrics import BLEU  # takes a while to import, and only measuring needs it

    return BLEU(tokenize=tokenize, force=True)  # no word of texts that look tokenised


def _made_chrf() -> CHRF:
    from sacrebleu.metrics import CHRF

    return CHRF()


_bleu, _chrf = lru_cache(_made_bleu), lru_cache(_made_chrf)
