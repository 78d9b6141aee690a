"""A text that needs no translation is noticed, and no other is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from texts import HOSTILE
from trunkline_translation.text.recognition import is_in_target, is_unchanged


@pytest.mark.parametrize(
    ("source", "target", "sources", "targets", "least"),
    [
        ("en", "pt-BR", "por-eng.dev.eng", "por-eng.dev.por", 0.75),
        ("eng_Latn", "deu_Latn", "tatoeba.deu-eng.eng", "tatoeba.deu-eng.deu", 0.65),
        ("en", "zh", "tatoeba.cmn-eng.eng", "tatoeba.cmn-eng.cmn", 0.95),
    ],
)
def test_real_sentences(corpora: Path, source: str, target: str, sources: str, targets: str, least: float) -> None:
    """Short sentences: most of the target language's are noticed, and hardly any of the source's is taken for one."""
    ours, theirs = ((corpora / "tatoeba" / name).read_text("utf-8").splitlines() for name in (sources, targets))
    assert sum(is_in_target(line, source, target) for line in theirs) >= least * len(theirs)
    assert sum(is_in_target(line, target, source) for line in ours) >= least * len(ours)
    assert sum(is_in_target(line, source, target) for line in ours) <= 0.002 * len(ours)
    assert sum(is_in_target(line, target, source) for line in theirs) <= 0.002 * len(theirs)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_in_no_target(text: str) -> None:
    is_in_target(text, "en", "pt")
    assert not is_in_target(text, "en", "en")
    assert not is_in_target(text, "xx", "yy")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Enviámos a sua encomenda ontem.", True),  # a small word, and a letter that English has not
        ("Onde está a minha encomenda?", True),
        ("Your parcel is in São João.", False),
        ("The café in Évora and the pousada", False),
        ("Café Évora", False),  # letters alone do not tell
        ("no context, no text", False),
        ("as much as possible", False),
        ("Order e0e6xk5a4oexfbrp", False),  # letters between digits are no words
    ],
)
def test_short_sentences(text: str, expected: bool) -> None:
    assert is_in_target(text, "en", "pt") is expected


def test_chinese_and_japanese() -> None:
    assert is_in_target("今日はとてもいい天気ですね。", "zh", "ja")
    assert is_in_target("今天天气很好，我们一起去公园散步吧。", "ja", "zh")
    assert not is_in_target("今天天气很好，我们一起去公园散步吧。", "zh", "ja")
    assert not is_in_target("今日はとてもいい天気ですね。", "ja", "zh")


def test_unchanged() -> None:
    assert is_unchanged("Olá, mundo!", "olá mundo")
    assert not is_unchanged("Hello", "Olá")
    assert not is_unchanged("12.5 %", "12.5 %")
