from __future__ import annotations

import pytest

from trunkline_translation.text.numbers import find, kept
from trunkline_translation.text.spans import find_spans


@pytest.mark.parametrize(
    ("source", "translation", "is_kept"),
    [
        ("It costs 1,000.50 euros", "Custa 1.000,50 euros", True),
        ("It costs 1,000,000", "Il coûte 1 000 000", True),
        ("It costs 1000", "Custa 1.000", True),
        ("at 10:30 on 5/11/2024", "am 5.11.2024 um 10.30 Uhr", True),
        ("version 3.11.7", "versão 3.11.7", True),
        ("5 apples", "cinco maçãs", False),
        ("5 of 15", "5 de 5", False),
        ("15 cats", "50 gatos", False),
        ("5 and 5", "5", False),
        ("five apples", "5 maçãs", True),
        ("3 cats", "٣ قطط", True),
        ("page 12", "第１２页", True),
        ("no digits", "sem", True),
        ("10 000 people", "10.000 pessoas", True),
        ("1,5 km", "1.5 km", True),
        ("It costs 1,234.50", "Custa 1.234.50", False),
        ("It costs 1,234.50", "Custa 1,234,50", False),
        ("It costs 12,345,678.90", "Custa 12,345,678,90.", False),
        ("It costs 12,345,678.90", "Custa 12.345.678,90.", True),
        ("version 3.111.7", "versão 3.111.7", True),
        ("on 1,234,567", "em 1.234.567", True),
    ],
)
def test_digits_are_there_in_either_languages_format(source: str, translation: str, is_kept: bool) -> None:
    assert kept(source, translation) is is_kept


def test_numbers_are_found_outside_what_is_kept() -> None:
    text = "On 2024-11-05 at 10:30 see {0} and http://a.b/12 for 1,000.50."
    assert [span.text for span in find(text, find_spans(text))] == ["2024-11-05", "10:30", "1,000.50"]
