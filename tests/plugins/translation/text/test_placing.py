from __future__ import annotations

import pytest

from trunkline_translation.text.glossary import Glossary
from trunkline_translation.text.placing import agrees, cased, is_sound

BANK = Glossary({"bank": "instituição bancária"}).find("The bank rejected it.")


@pytest.mark.parametrize(
    ("forced", "expected"),
    [
        ("A instituição bancária recusada", True),
        ("O instituição bancária recusou", True),
        ("Instituição bancária recusou", True),
        ("E o a instituição bancária recusou", False),
        ("O banco recusou", False),
        ("O banco recusou. instituição bancária", False),
        ("O recusou instituição bancária", False),
        ("O instituição bancária negou", False),
    ],
)
def test_two_translations_agree_but_for_the_forms_of_words(forced: str, expected: bool) -> None:
    assert agrees(forced, "O Instituição bancária recusou!", BANK) is expected


def test_a_script_without_spaces_has_no_forms() -> None:
    terms = Glossary({"trunk": "树干"}).find("the trunk")
    assert agrees("用树干跑", "用树干跑。", terms)
    assert not agrees("用树干走", "用树干跑", terms)


def test_a_translation_much_longer_than_the_free_one_is_not_sound() -> None:
    assert is_sound("O instituição bancária recusou.", "O banco recusou.", BANK)
    assert not is_sound("O instituição bancária recusou" + " e recusou" * 4, "O banco recusou.", BANK)


def test_a_capital_is_at_the_beginning() -> None:
    terms = Glossary({"refunds": "estornos"}).find("Refunds are late")
    assert cased("Os Estornos atrasam", "Refunds are late", terms) == "Os estornos atrasam"
    assert cased("Estornos atrasam", "Refunds are late", terms) == "Estornos atrasam"
    within = Glossary({"refunds": "estornos"}).find("The refunds are late")
    assert cased("estornos atrasam", "The refunds are late", within) == "Estornos atrasam"
    assert cased("estornos", "the refunds", within) == "estornos"
    shouted = Glossary({"refunds": "estornos"}).find("REFUNDS ARE LATE")
    assert cased("OS ESTORNOS", "REFUNDS ARE LATE", shouted) == "OS ESTORNOS"
