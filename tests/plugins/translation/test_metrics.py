"""BLEU and chrF, equal to sacrebleu's own whole-corpus figures."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from sacrebleu.metrics import BLEU, CHRF

from trunkline_translation import metrics
from trunkline_translation.metrics import Right

ENGLISH = [
    "The cat sat on the mat.",
    "“No,” she said -- it's 3,000.50 dollars & more!",
    "It is raining.",
    "Cat.",
    "a b c d e f g",
]
CHINESE = ["我们今天去北京看书。", "他说:OK,3 本!", "你好", "下雨了,我不去。", "謝謝你"]
JAPANESE = ["今日は雨です。", "東京大学", "カメラを買った", "はい、OK です!", "本を読む"]
KOREAN = ["오늘은 비가 온다.", "네", "서울에 갑니다", "책을 읽는다 3", "고마워요!"]
THAI = ["วันนี้ฝนตก", "ขอบคุณมาก", "ฉันไปกรุงเทพ", "แมวนั่งบนเสื่อ", "ครับ"]


def spoilt(texts: Sequence[str], seed: int = 0) -> list[str]:
    """Give texts that are like these, and one that is empty."""
    draw = random.Random(seed)
    made = [text if draw.random() < 0.3 else text[: draw.randint(1, len(text))] + draw.choice(texts) for text in texts]
    return [*made[:-1], ""]


def pairs(corpora: Path) -> tuple[list[str], list[Right]]:
    """Give real sentences, some spoilt, beside the whole ones."""
    texts = (corpora / "tatoeba" / "tatoeba.deu-eng.eng").read_text(encoding="utf-8").splitlines()
    return spoilt(texts), [Right((text,)) for text in texts]


@pytest.mark.parametrize(
    ("texts", "language", "tokenize"),
    [
        (ENGLISH, "en", "13a"),
        (ENGLISH, None, "13a"),
        (["A cat sat.", "The dog"], "en", "13a"),
        (CHINESE, "zho_Hans", "zh"),
        (CHINESE, None, "zh"),
        (JAPANESE, "ja", "char"),
        (KOREAN, "kor_Hang", "char"),
        (KOREAN, None, "char"),
        (THAI, None, "char"),
    ],
)
def test_a_corpus_scores_as_sacrebleu_scores_it(texts: list[str], language: str | None, tokenize: str) -> None:
    said = spoilt(texts)
    right = [Right((text,), language) for text in texts]
    bleu, chrf = BLEU(tokenize=tokenize), CHRF()
    expected = {"bleu": bleu.corpus_score(said, [texts]).score, "chrf": chrf.corpus_score(said, [texts]).score}
    assert metrics.score(said, right) == pytest.approx(expected, abs=1e-9)
    assert 0 < expected["bleu"] < 100
    signatures = {"bleu": bleu.get_signature().format(), "chrf": chrf.get_signature().format()}
    assert metrics.signatures(right) == signatures


def test_every_resample_scores_as_sacrebleu_scores_it(corpora: Path) -> None:
    said, right = pairs(corpora)
    draw = random.Random(1)
    for _ in range(3):
        chosen = draw.choices(range(len(said)), k=len(said))
        texts, truth = [said[i] for i in chosen], [right[i] for i in chosen]
        expected = {
            "bleu": BLEU().corpus_score(texts, [[one.texts[0] for one in truth]]).score,
            "chrf": CHRF().corpus_score(texts, [[one.texts[0] for one in truth]]).score,
        }
        assert metrics.score(texts, truth) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("last", ["the cat is on a mat", None])
def test_several_references_score_as_sacrebleu_scores_them(last: str | None) -> None:
    """Rows may have different numbers of them."""
    others = ["The cat is on the mat", "No, she said", "Rain falls", "A cat", last]
    right = [Right((one, *([] if other is None else [other]))) for one, other in zip(ENGLISH, others, strict=True)]
    said = spoilt(ENGLISH, seed=3)
    bleu, chrf = BLEU(), CHRF()
    expected = {
        "bleu": bleu.corpus_score(said, [ENGLISH, others]).score,
        "chrf": chrf.corpus_score(said, [ENGLISH, others]).score,
    }
    assert metrics.score(said, right) == pytest.approx(expected, abs=1e-9)
    assert metrics.signatures(right)["bleu"] == bleu.get_signature().format()
    assert metrics.signatures(right)["chrf"] == chrf.get_signature().format()


def test_a_sentence_scores_as_sacrebleu_scores_it() -> None:
    for said, text in zip(spoilt(ENGLISH), ENGLISH, strict=True):
        expected = {
            "bleu": BLEU(effective_order=True).sentence_score(said, [text]).score,
            "chrf": CHRF().sentence_score(said, [text]).score,
        }
        assert metrics.of_sentence(said, Right((text,))) == pytest.approx(expected, abs=1e-9)


def test_the_right_translations_score_a_hundred() -> None:
    right = [Right((text,), "en") for text in ENGLISH]
    assert metrics.score(ENGLISH, right) == pytest.approx({"bleu": 100.0, "chrf": 100.0})
    assert metrics.score([""] * len(ENGLISH), right) == {"bleu": 0.0, "chrf": 0.0}


def test_the_report_says_what_the_figures_are_made_of() -> None:
    said = spoilt(ENGLISH)
    told = metrics.report(said, [Right((text,), "en") for text in ENGLISH])
    whole = BLEU().corpus_score(said, [ENGLISH])
    assert told["bleu"]["precisions"] == pytest.approx(whole.precisions)
    assert told["bleu"]["brevity_penalty"] == pytest.approx(whole.bp)
    assert told["bleu"]["length_ratio"] == pytest.approx(whole.ratio)
    assert (told["bleu"]["output_tokens"], told["bleu"]["reference_tokens"]) == (whole.sys_len, whole.ref_len)
    exact = sum(one == other for one, other in zip(said, ENGLISH, strict=True))
    assert (told["sentences"], told["empty"], told["exact"]) == (5, 0.2, exact / 5)
    assert told["signatures"]["chrf"].startswith("nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:")


def test_tokenizers_of_several_languages_are_all_named() -> None:
    right = [Right(("Hello.",), "en"), Right(("你好。",), "zh")]
    assert metrics.score(["Hello.", "你好。"], right)["chrf"] == pytest.approx(100.0)
    assert "|tok:13a+zh|" in metrics.signatures(right)["bleu"]


def test_what_cannot_be_measured_is_an_error() -> None:
    with pytest.raises(ValueError, match="no sentences"):
        metrics.score([], [])
    with pytest.raises(ValueError, match="2 outputs and 1 right"):
        metrics.score(["a", "b"], [Right(("a",))])


def test_a_thousand_resamples_take_seconds(corpora: Path) -> None:
    """Sentences are counted once: what is left of a resample is a sum."""
    said, right = pairs(corpora)
    metrics.score(said, right)
    draw = random.Random(1)
    chosen = [draw.choices(range(len(said)), k=len(said)) for _ in range(100)]
    started = time.perf_counter()
    for rows in chosen:
        metrics.score([said[i] for i in rows], [right[i] for i in rows])
    assert time.perf_counter() - started < 2  # of 100 resamples of 1,000 sentences; sacrebleu takes 20
