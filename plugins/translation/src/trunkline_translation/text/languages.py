"""Codes of languages as models write them (`pt`, `pt-BR`, `zh_CN`, `por_Latn`), brought to one form."""

from __future__ import annotations

import re

_PAIRS = """
afr=af amh=am ara=ar arb=ar aze=az azj=az bel=be ben=bn bos=bs bul=bg cat=ca ces=cs cmn=zh cym=cy dan=da
deu=de ell=el eng=en epo=eo est=et eus=eu fas=fa pes=fa fin=fi fra=fr gle=ga glg=gl guj=gu hau=ha heb=he
hin=hi hrv=hr hun=hu hye=hy ind=id isl=is ita=it jpn=ja kan=kn kat=ka kaz=kk khm=km kor=ko lao=lo lat=la
lav=lv lvs=lv lit=lt mal=ml mar=mr mkd=mk mlt=mt mon=mn khk=mn msa=ms zsm=ms mya=my nep=ne npi=ne nld=nl
nno=nn nob=nb nor=no ory=or pan=pa pol=pl por=pt pus=ps pbt=ps ron=ro rus=ru sin=si slk=sk slv=sl som=so
spa=es sqi=sq als=sq srp=sr swa=sw swh=sw swe=sv tam=ta tel=te tha=th tgl=tl tur=tr ukr=uk urd=ur uzb=uz
uzn=uz vie=vi xho=xh yor=yo zho=zh zul=zu
"""
_SHORT = dict(pair.split("=") for pair in _PAIRS.split())
"""ISO 639-3, as NLLB uses it, to ISO 639-1."""
_SPACELESS = frozenset({"zh", "ja", "yue", "wuu", "nan", "lzh"})
_CODE = re.compile(r"[A-Za-z]{2,3}")


def base(language: str) -> str:
    """Give the language without region and script, in two letters where there are two: `zho_Hans` is `zh`.

    An empty or unknown code comes back as it is, in small letters.
    """
    found = _CODE.match(language)
    code = found.group().lower() if found else language.lower()
    return _SHORT.get(code, code)


def joins_without_space(language: str) -> bool:
    """Tell whether sentences of `language` follow one another without a space, as in Chinese and Japanese."""
    return base(language) in _SPACELESS
