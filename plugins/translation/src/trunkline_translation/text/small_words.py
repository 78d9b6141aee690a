"""Small words of languages that are written in Latin and Cyrillic letters, by code: articles, pronouns, forms of be.

And the letters that the languages written in Latin have besides a to z.
"""

from __future__ import annotations

_TEXT = """
ca: el la els les un una i de del amb per que és no en al són hi ha aquest aquesta com més però molt què va
cs: a je se na v že to s z do o i jsem jsi jsme byl byla ale jak pro tak by co ten ta jako když nebo už mi není
da: og det er en et at i på ikke jeg du han hun de til af med for den der som var har vi kan hvad men mig
de: der die das und ist ich nicht ein eine es sie er zu den mit von auf dem für im wir was war wie du hat haben
    auch
en: the a an and is are was were of to in that it he she you i we they this my your his her not do does have has
    with for on what at be will can don't i'm it's there from me him no so or if by but as all more would who when
es: el la los las un una y es de que en no se lo con por para su está qué me mi como más pero muy yo ella son
    fue del al te este esta hay
et: ja on ei ma ta see et oli mis kui ka aga oma sa me nad mu ole seda kas nii olen mida siis
fi: ja on ei hän se minä että oli tämä en mutta olen kun mitä sinä ole ovat niin minun kuin tai jos me hänen
fr: le la les un une et est de des je ne pas que il elle vous nous en à dans ce qui sur pour avec mon son au du
    suis c'est j'ai tu cette ai était
hr: je i u se da na ne sam to su za od što nije koji bi s ali kako ja on ona smo si mi ga kao ili nisam
hu: a az és hogy nem van egy is meg ez de volt én csak ha már mint azt mi el ki ő nagyon te vagyok sem
it: il lo la i gli le un una e è di che non in a per con sono mi ho ha si del della questo come ma più lui lei
    nel al molto era
lt: ir yra ne kad aš į tai jis ji su buvo ar mano kaip bet iš tu mes jie man labai nėra ką už
lv: un ir ne ka es tas viņš viņa ar bija kas par man no mans bet kā tu mēs to ļoti nav vai šī
nb: og det er en et at i på ikke jeg du han hun de til av med for den der som var har vi kan hva men meg
nl: de het een en is van ik niet dat in je hij zij ze we op te zijn met voor was aan er wat die heb heeft dit
    maar
pl: i w nie na się jest to że z do jak co mi o ja ty on ona był była czy tak ale po jestem są dla mnie tego
pt: o a os as um uma e é de que não em eu ele ela você do da no na com para por se seu sua está meu minha isso
    muito mais foi ao como mas tem são à nós olá obrigado obrigada pela pelo já foram nossa nosso nossos seus suas
    minhas meus onde estou temos pode bom bem tudo hoje ontem amanhã isto esse até também só há quem pelos pelas nos
ro: și este de la în nu a un o că se cu pe pentru am ai este sunt el ea ce mai din fost eu dar să îmi acest
sk: a je sa na v že to s z do o som si sme bol bola ale ako pre tak by čo ten tá keď alebo už mi nie
sl: je in v se da na ne sem to so za od kaj ni ki bi s ali kako jaz on ona smo si mi ga kot pa že
sv: och det är en ett att i på inte jag du han hon de till av med för den som var har vi kan vad men mig ska
tr: bir ve bu ne için çok ben o da de değil var mı mi sen gibi daha ama şey ile kadar olarak bana onu ki
vi: là và của không tôi có một những được cho người này đã trong với anh bạn cô các khi làm rất đi
uk: і в не на що я з це він вона ти ви як до та у є за мене але так був була його її ми про
ru: и в не на что я с это он она ты вы как к но у за меня так был была его её мы по все был бы
bg: и в не на че аз с това той тя ти вие как към но за ме така беше го да се е са от съм ще
"""


def _read(text: str) -> dict[str, frozenset[str]]:
    words: dict[str, set[str]] = {}
    language = ""
    for word in text.split():
        if word.endswith(":"):
            language = word.removesuffix(":")
        words.setdefault(language, set()).add(word)
    return {language: frozenset(found) for language, found in words.items()}


SMALL_WORDS = _read(_TEXT)

LETTERS = {
    "ca": "àçèéíïòóúü", "cs": "áčďéěíňóřšťúůýž", "da": "æøå", "de": "äöüß", "es": "áéíñóúü", "et": "äõöüšž",
    "fi": "äöå", "fr": "àâçèéêëîïôùûüœ", "hr": "čćđšž", "hu": "áéíóöőúüű", "it": "àèéìòù", "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž", "nb": "æøå", "nl": "éëï", "pl": "ąćęłńóśźż", "pt": "áâãàçéêíóôõú", "ro": "ăâîșț",
    "sk": "áäčďéíľĺňóôŕšťúýž", "sl": "čšž", "sv": "äöå", "tr": "çğıöşü",
}  # fmt: skip
