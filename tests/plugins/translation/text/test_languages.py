from __future__ import annotations

import pytest

from trunkline_translation.text.languages import base, joins_without_space


@pytest.mark.parametrize(
    ("code", "short"),
    [
        ("en", "en"),
        ("pt-BR", "pt"),
        ("zh_CN", "zh"),
        ("zho_Hans", "zh"),
        ("por_Latn", "pt"),
        ("EN", "en"),
        ("ast_Latn", "ast"),
        ("", ""),
    ],
)
def test_codes_of_models_are_brought_to_one_form(code: str, short: str) -> None:
    assert base(code) == short


def test_chinese_and_japanese_join_without_space() -> None:
    assert joins_without_space("zho_Hant")
    assert joins_without_space("ja")
    assert not joins_without_space("kor_Hang")
