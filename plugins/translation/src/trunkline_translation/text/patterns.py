"""How what is no language is written, kind by kind, as regular expressions; every run in them is bounded.

A kind may be found as another: a template's statement is asked for as a placeholder, and is kept in its order as tags
are.
"""

from __future__ import annotations

import re

_TAG = r"""</?[A-Za-z][^\s<>/]{0,100}(?:\s[^<>]{0,2000})?/?>|<!--[^<]{0,2000}?-->"""

_CODE = r"(?<!`)(?P<ticks>`{1,3})(?!`)(?:(?!(?P=ticks))[^\n]){1,500}(?P=ticks)(?!`)"

_IN_ADDRESS = r"[^\s<>\"'`«»“”、。，）」\u4e00-\u9fff]{1,2000}"
_URL = rf"(?<![A-Za-z0-9])(?:https?|ftp|file|git|ssh)://{_IN_ADDRESS}|(?<![A-Za-z0-9.])www\.{_IN_ADDRESS}"
_EMAIL = r"(?<![\w.+-])[A-Za-z0-9_][\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"

_STATEMENT = (
    r"\{%(?:[^%{]|%(?!\})|\{(?!%)){1,500}+%\}|\{#(?:[^#{]|#(?!\})|\{(?!#)){0,500}+#\}"
    r"|<%(?!=)(?:[^%<]|%(?!>)|<(?!%)){1,500}+%>"
)
_BRACES = (
    r"\[\[[^\[\]\n]{1,200}\]\]|\{{2,3}[^{}\n]{1,200}\}{2,3}|[$#%@]\{[^{}\n]{1,200}\}|\{[^{}\s]{0,100}\}"
    r"|<%=(?:[^%<]|%(?!>)|<(?!%)){1,500}+%>"
)
_PRINTF = (
    r"%\([A-Za-z_][\w.]{0,100}\)[#0 +-]?\d{0,4}(?:\.\d{1,4})?[a-zA-Z]"
    r"|%(?:\d{1,3}\$)?[#0+-]?\d{0,4}(?:\.\d{1,4})?(?:l{1,2}|h{1,2}|z)?[sdifuxXoceEgGpr@](?![A-Za-z0-9])"
)
_NAMED = r"</?\d{1,4}\s?/?>|\$[A-Z_][A-Z0-9_]{1,100}\b|%[A-Z_][A-Z0-9_]{1,100}%"
# As pandoc tells formulas from prices, and a sign that no price has: "$5 to 10$" is none.
_FORMULA = (
    r"\$\$[^$]{1,1000}\$\$"
    r"|(?<![\w$\\])\$(?=[^\s$])(?=[^$\n]{0,300}[\\^_=+<>{}]|[A-Za-z]\$)[^$\n]{0,299}[^\s$\\]\$(?![\w$])"
)

_EMOJI_SIGN = r"[\u231a-\u23ff\u2600-\u27bf\u2b05-\u2b55\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
_JOINED = r"[\ufe0f\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
_EMOJI = (
    r"(?:[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|"
    rf"{_EMOJI_SIGN}{_JOINED}(?:\u200d{_EMOJI_SIGN}{_JOINED})*)+"
    r"|(?<![\w:])(?::(?:[a-z][a-z0-9_+-]{1,40}|[+-]1):)+(?!\w)"
)

_CONTROL = (
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\ue000-\uf8ff\U000f0000-\U0010ffff]+"
)

_WORD = "A-Za-z0-9_\u00c0-\u024f"
_REFERENCE = (
    rf"(?<![{_WORD}&#/])#[{_WORD}]{{1,60}}(?:[.-][{_WORD}]{{1,60}}){{0,9}}"
    rf"|(?<![{_WORD}.@/])@[A-Za-z_][{_WORD}]{{0,60}}(?:[./-][{_WORD}]{{1,60}}){{0,9}}"
)
_NAME = r"[\w.+@~-]{1,100}"
_PATH = (
    r"(?<![A-Za-z0-9])[A-Za-z]:\\[^\s<>:\"|?*]{0,500}|(?<!\S)\\\\[\w.$-]{1,100}(?:\\[^\s<>:\"|?*\\]{1,100}){1,30}"
    rf"|(?<![\w/.:<\\)~-])(?:(?:~|\.{{1,2}})(?:/{_NAME}){{1,30}}|(?:/{_NAME}){{2,30}})/?"
)

_SIGN = r"(?:(?:US|CA|AU|NZ|HK|MX|[ACRS])?\$|[£€¥₹₽₩₪₫₺₴₦₱₡₵₸₲฿])"
_CODES = (
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR JPY KES KRW MXN MYR NGN NOK NZD "
    "PEN PHP PKR PLN QAR RON RUB SAR SEK SGD THB TRY TWD UAH USD UYU VND ZAR"
)
_CURRENCY = f"(?:{_CODES.replace(' ', '|')})"
_FIGURES = r"\d{1,20}(?:[.,'’\u00a0\u202f]\d{1,20}){0,8}"
_SIZE = r"(?:[kKmM]|[mb]n|B|tn)?(?![A-Za-z0-9])"
_BLANK = r"[ \u00a0\u202f]?"
_AMOUNT = (
    rf"(?<![\w$])(?:{_SIGN}{_BLANK}|{_CURRENCY}{_BLANK})-?{_FIGURES}(?:[-–]{_SIGN}?{_FIGURES})?{_SIZE}"
    rf"|(?<![\w.,$]){_FIGURES}{_BLANK}(?:[£€¥₹₽₩₪₫₺₴₦₱]|{_CURRENCY}(?![A-Za-z0-9])|\$(?![\w$]))"
)

KINDS: dict[str, dict[str, str]] = {
    "code": {"code": _CODE},
    "url": {"url": _URL},
    "email": {"email": _EMAIL},
    "tag": {"tag": _TAG},
    "placeholder": {"placeholder": "|".join([_BRACES, _PRINTF, _NAMED, _FORMULA]), "tag": _STATEMENT},
    "emoji": {"emoji": _EMOJI},
    "control": {"control": _CONTROL},
    "reference": {"reference": _REFERENCE},
    "path": {"path": _PATH},
    "amount": {"amount": _AMOUNT},
}
"""The kinds that can be asked for, each with the kinds of span that it is found as."""
COMPILED = {
    kind: {found: re.compile(pattern, re.DOTALL) for found, pattern in patterns.items()}
    for kind, patterns in KINDS.items()
}
