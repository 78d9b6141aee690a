"""Texts that break things, by what they break."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"

HOSTILE_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "empty": "",
        "spaces only": " \t  \n ",
        "special tokens as text": "[CLS] Ada [SEP] met <s> Charles </s> [MASK] [PAD] in London <unk>.",
        "NUL": "Ada\0Lovelace",
        "control characters": "Ada\x01\x02\x1b[31m Lovelace\x7f\x85",
        "CRLF": "Ada\r\nLovelace\r\n",
        "byte order mark": "\ufeffAda met Charles",
        "emoji family": f"My {_FAMILY} lives in Berlin",
        "flag, skin tone, keycap": "\U0001f1e9\U0001f1ea \U0001f44b\U0001f3fd 1\ufe0f\u20e3 Ada",
        "NFC": "caf\u00e9 in Z\u00fcrich",
        "NFD": "cafe\u0301 in Zu\u0308rich",
        "stacked marks": "A" + "\u0301" * 100 + "da",
        "Hangul jamo": "\u1112\u1161\u11ab\u1100\u1173\u11af Seoul",
        "Thai": "สวัสดีชาวโลก Ada",
        "Devanagari": "नमस्ते दुनिया Ada",
        "Chinese": "我在北京见到了艾达。",
        "Turkish dotted I": "İstanbul'da İİİ Ada",
        "ligatures": "the ﬁrst oﬃce of Ada",
        "right to left": "\u202eמחר\u202c שלום Ada العربية",
        "zero width": "A\u200bd\u200ca\u2060 met Charles",
        "homoglyphs": "Аdа Lоvеlасе",
        "surrogate pairs": "𝔄𝔡𝔞 met 𝕮harles",
        "line separators": "Ada\u2028met\u2029Charles",
        "long word": "a" * 1_000_000,
        "many windows": "Ada Lovelace met Charles Babbage in London. " * 40,
    }
)
