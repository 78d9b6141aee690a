"""Language codes as corpora and models write them: en, eng, en-US, en_XX and eng_Latn are one language.

Codes: ISO 639-1 and, for the same language, 639-3 and the bibliographic ones of 639-2 (fre, ger, chi).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

CODE = r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}"
"""A code with, perhaps, its script and region."""

Language = Annotated[str, Field(pattern=f"^{CODE}$", max_length=32)]

_PARTS = re.compile(r"[-_]")
_LONGER = (
    "aar:aa abk:ab afr:af aka:ak twi:tw amh:am ara:ar arb:ar arg:an asm:as ava:av ave:ae aym:ay ayr:ay aze:az "
    "azj:az bak:ba bam:bm bel:be ben:bn bis:bi bod:bo tib:bo bos:bs bre:br bul:bg cat:ca ces:cs cze:cs cha:ch "
    "che:ce chu:cu chv:cv cor:kw cos:co cre:cr cym:cy wel:cy dan:da deu:de ger:de div:dv dzo:dz ell:el gre:el "
    "eng:en epo:eo est:et ekk:et eus:eu baq:eu ewe:ee fao:fo fas:fa per:fa pes:fa fij:fj fil:tl fin:fi fra:fr "
    "fre:fr fry:fy ful:ff fuv:ff gla:gd gle:ga glg:gl glv:gv grn:gn guj:gu hat:ht hau:ha heb:he her:hz hin:hi "
    "hmo:ho hrv:hr hun:hu hye:hy arm:hy ibo:ig ido:io iii:ii iku:iu ile:ie ina:ia ind:id ipk:ik isl:is ice:is "
    "ita:it jav:jv jpn:ja kal:kl kan:kn kas:ks kat:ka geo:ka kau:kr kaz:kk khm:km kik:ki kin:rw kir:ky kom:kv "
    "kon:kg kor:ko kua:kj kur:ku kmr:ku lao:lo lat:la lav:lv lvs:lv lim:li lin:ln lit:lt ltz:lb lub:lu lug:lg "
    "mah:mh mal:ml mar:mr mkd:mk mac:mk mlg:mg plt:mg mlt:mt mon:mn khk:mn mri:mi mao:mi msa:ms may:ms zsm:ms "
    "mya:my bur:my nau:na nav:nv nbl:nr nde:nd ndo:ng nep:ne npi:ne nld:nl dut:nl nno:nn nob:nb nor:no nya:ny "
    "oci:oc oji:oj ori:or ory:or orm:om gaz:om oss:os pan:pa pli:pi pol:pl por:pt pus:ps pbt:ps que:qu quy:qu "
    "roh:rm ron:ro rum:ro run:rn rus:ru sag:sg san:sa sin:si slk:sk slo:sk slv:sl sme:se smo:sm sna:sn snd:sd "
    "som:so sot:st spa:es sqi:sq alb:sq als:sq srd:sc srp:sr ssw:ss sun:su swa:sw swh:sw swe:sv tah:ty tam:ta "
    "tat:tt tel:te tgk:tg tgl:tl tha:th tir:ti ton:to tsn:tn tso:ts tuk:tk tur:tr uig:ug ukr:uk urd:ur uzb:uz "
    "uzn:uz ven:ve vie:vi vol:vo wln:wa wol:wo xho:xh yid:yi ydd:yi yor:yo zha:za zho:zh chi:zh cmn:zh zul:zu"
)
_SHORT = dict(pair.split(":") for pair in _LONGER.split()) | {"iw": "he", "in": "id", "ji": "yi"}


def primary(code: str) -> str:
    """Give the language alone, in two letters where it has two: "eng_Latn" and "en-GB" are "en", "ckb" stays."""
    language = _PARTS.split(code.strip().lower(), maxsplit=1)[0]
    return _SHORT.get(language, language)


def is_known(code: str) -> bool:
    """Tell whether a code of two letters is a language's in ISO 639-1, as far as models of translation go."""
    return code in _SHORT.values()


def matching(wanted: str, known: Iterable[str]) -> str | None:
    """Give the one of `known` that `wanted` means: the same code, else one that says more or less of it, or None.

    "en" finds "en-US" and "eng_Latn", "pt-BR" finds "pt"; "zh-TW" does not find "zh-CN", nor "zho_Hant" "zho_Hans".
    """
    candidates = list(known)
    mine = _parts(wanted)
    same = [code for code in candidates if _parts(code) == mine]
    near = [code for code in candidates if _agrees(mine, _parts(code))]
    return next(iter([*same, *near]), None)


def _parts(code: str) -> tuple[str, ...]:
    """Give the language and what is said of it; "XX" of mBART's en_XX says nothing."""
    rest = _PARTS.split(code.strip().lower())[1:]
    return (primary(code), *(part for part in rest if part != "xx"))


def _agrees(mine: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether one says no more than the other, but for what kind of thing the other does not say."""
    if mine[0] != other[0]:
        return False
    # a script has four letters, a region two (or three digits): Latn says nothing against US
    return all(part in other or all(len(part) != len(theirs) for theirs in other[1:]) for part in mine[1:])
