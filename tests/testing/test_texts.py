import unicodedata

from trunkline.testing.texts import HOSTILE_TEXTS


def test_the_catalogue_holds_what_it_says():
    """Editors and normalising tools like to change such texts; this notices."""
    texts = HOSTILE_TEXTS
    assert texts["empty"] == ""
    assert texts["spaces only"].isspace()
    assert unicodedata.is_normalized("NFC", texts["NFC"])
    assert not unicodedata.is_normalized("NFC", texts["NFD"])
    assert unicodedata.normalize("NFC", texts["NFD"]) == texts["NFC"]
    assert len(texts["long word"]) == 1_000_000
    assert texts["byte order mark"][0] == "\ufeff"
    assert len(texts["Turkish dotted I"].lower()) > len(texts["Turkish dotted I"])
    assert "\u200d" in texts["emoji family"]
    assert all(text.encode() for name, text in texts.items() if name != "empty")
    assert len(set(texts.values())) == len(texts)
