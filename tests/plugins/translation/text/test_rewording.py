from __future__ import annotations

import pytest

from trunkline_translation.text.rewording import ended, lowered, raised, shortest, unended


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("YOUR ORDER HAS BEEN SHIPPED", "Your order has been shipped"),
        ("DEAR XQ1, ORDER http://x.y/2 IS HERE!", "Dear XQ1, order http://x.y/2 is here!"),
        ("XQ1 IS HERE", "XQ1 is here"),
        ("«ÜBER UNS»", "«Über uns»"),
        ("ВАШ ЗАКАЗ", "Ваш заказ"),
        ("NASA", None),
        ("XQ1 NASA", None),
        ("Your ORDER", None),
        ("USB 电缆 HDMI", None),
        ("12 345", None),
        ("", None),
    ],
)
def test_sentences_in_capitals_are_read_in_small_letters(text: str, expected: str | None) -> None:
    assert lowered(text) == expected


def test_marks_stay_in_capitals_too() -> None:
    assert raised("Olá XQ1, veja http://x.y/2") == "OLÁ XQ1, VEJA http://x.y/2"


@pytest.mark.parametrize(
    ("text", "translation", "expected"),
    [
        ("Thanks", "Obrigado por enviar uma edição", ("Thanks.", "Thanks!")),
        ("Thanks", "Obrigado", ()),
        ("Thanks.", "Obrigado por enviar.", ()),
        ("Thanks,", "Obrigado por enviar,", ()),
        ("one two three four five", "um dois três quatro cinco seis", ()),
        ("Hello", "你好", ()),
    ],
)
def test_fragments_whose_translation_went_on_are_given_an_end(
    text: str, translation: str, expected: tuple[str, ...]
) -> None:
    assert ended(text, translation) == expected


def test_the_end_comes_off_and_the_shortest_is_the_best() -> None:
    assert [unended(one) for one in ("Obrigado.", "Olá!", "Sim")] == ["Obrigado", "Olá", "Sim"]
    assert shortest(["Olá, aqui", "Olá", "Oi"]) == 1
    assert shortest(["Bom dia", "Boa tarde"]) == 0
    assert shortest(["Bom dia", ""]) == 0
