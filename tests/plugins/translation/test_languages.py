"""Language codes of different customs."""

from __future__ import annotations

import pytest

from trunkline_translation.languages import matching, primary


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("en", "en"),
        ("ENG", "en"),
        ("en-US", "en"),
        ("en_XX", "en"),
        ("eng_Latn", "en"),
        ("por", "pt"),
        ("cmn", "zh"),
        ("zho_Hans", "zh"),
        ("zh-Hant-TW", "zh"),
        ("ger", "de"),
        ("ckb_Arab", "ckb"),
        ("xx", "xx"),
    ],
)
def test_the_language_alone(code: str, language: str) -> None:
    assert primary(code) == language


@pytest.mark.parametrize(
    ("wanted", "known", "found"),
    [
        ("en", ["de", "en"], "en"),
        ("eng", ["de", "en"], "en"),
        ("en", ["en-GB", "en-US"], "en-GB"),
        ("en-US", ["en-GB", "en-US"], "en-US"),
        ("en_US", ["EN-us"], "EN-us"),
        ("pt-BR", ["pt"], "pt"),
        ("pt", ["por_Latn"], "por_Latn"),
        ("en-US", ["eng_Latn"], "eng_Latn"),
        ("en", ["en_XX"], "en_XX"),
        ("en-GB", ["en_XX"], "en_XX"),
        ("zh", ["zho_Hans", "zho_Hant"], "zho_Hans"),
        ("zh-Hant", ["zho_Hans", "zho_Hant"], "zho_Hant"),
        ("zh-Hant-TW", ["zho_Hans", "zho_Hant"], "zho_Hant"),
        ("zh-TW", ["zh-CN"], None),
        ("fr", ["de", "en"], None),
        ("fr", [], None),
    ],
)
def test_the_code_that_is_meant(wanted: str, known: list[str], found: str | None) -> None:
    assert matching(wanted, known) == found


def test_transformers_own_codes_find_themselves_and_their_languages() -> None:
    """Every code of NLLB and mBART-50 finds itself, and the same language in two letters finds a code of it."""
    from transformers.models.mbart50.tokenization_mbart50 import FAIRSEQ_LANGUAGE_CODES as MBART
    from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES as NLLB

    for codes in (MBART, NLLB):
        assert all(matching(code, codes) == code for code in codes)
        for code in codes:
            found = matching(primary(code), codes)
            assert found is not None
            assert primary(found) == primary(code)
