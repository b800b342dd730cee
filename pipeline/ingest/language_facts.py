"""What is known of languages beforehand: scripts, commonest words, names and codes."""

from __future__ import annotations

import re

SCRIPTS: dict[str, re.Pattern[str]] = {
    name: re.compile(f"[{ranges}]")
    for name, ranges in {
        "Latn": "A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff",
        "Cyrl": "\u0400-\u052f",
        "Grek": "\u0370-\u03ff\u1f00-\u1fff",
        "Arab": "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
        "Hebr": "\u0590-\u05ff\ufb1d-\ufb4f",
        "Deva": "\u0900-\u097f",
        "Beng": "\u0980-\u09ff",
        "Guru": "\u0a00-\u0a7f",
        "Gujr": "\u0a80-\u0aff",
        "Taml": "\u0b80-\u0bff",
        "Telu": "\u0c00-\u0c7f",
        "Knda": "\u0c80-\u0cff",
        "Mlym": "\u0d00-\u0d7f",
        "Sinh": "\u0d80-\u0dff",
        "Thai": "\u0e00-\u0e7f",
        "Geor": "\u10a0-\u10ff\u1c90-\u1cbf",
        "Armn": "\u0530-\u058f",
        "Ethi": "\u1200-\u137f",
        "Kana": "\u3040-\u30ff",
        "Hani": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff",
        "Hang": "\u1100-\u11ff\uac00-\ud7af",
    }.items()
}
"""ISO 15924 codes and the blocks of Unicode that tell them (Kana stands for both of Japanese)."""

SCRIPTS_OF: dict[str, tuple[str, ...]] = {
    language: tuple(scripts.split())
    for scripts, languages in {
        "Cyrl": "ru uk be bg mk ba ce cv ky os tt",
        "Cyrl Latn": "sr kk uz mn az tg tk",
        "Grek": "el grc",
        "Arab": "ar fa ur ps sd ug ckb",
        "Arab Latn": "ku",
        "Hebr": "he yi",
        "Deva": "hi mr ne sa",
        "Beng": "bn as",
        "Guru Arab": "pa",
        "Gujr": "gu",
        "Taml": "ta",
        "Telu": "te",
        "Knda": "kn",
        "Mlym": "ml",
        "Sinh": "si",
        "Thai": "th",
        "Geor": "ka",
        "Armn": "hy",
        "Ethi": "am ti",
        "Kana Hani": "ja",
        "Hani": "zh yue wuu",
        "Hang Hani": "ko",
    }.items()
    for language in languages.split()
}
"""Scripts that a language is written in; Latin where it is not named."""

COMMON_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the of and to in that was he it his is with as for had you not be at on",
        "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als",
        "fr": "de la le et les des en un du une que est pour qui dans il par pas sur au",
        "es": "de la que el en y a los se del las un por con no una su para es al",
        "it": "di e il la che in un a per è una sono non con si da del le della i",
        "pt": "de a o que e do da em um para com não uma os no se na por mais as",
        "nl": "de en van ik te dat die in een hij het niet zijn is was op aan met als voor",
        "sv": "och i att det som en på är av för med han den till inte var hon om de ett",
        "da": "og i at det er en til af den på for ikke der med han var de som jeg et",
        "no": "og i det er en på til som at av for ikke med han den var de jeg et har",
        "fi": "ja on ei se että hän oli mutta kun niin minä ovat sen tai mitä joka olla kuin",
        "pl": "i w nie na się z do to że jest o jak a ale po co tak za od było",
        "cs": "a se v na je že to s z do o i ale jako za by jsem tak po si",
        "hu": "a az és hogy nem is egy ez azt volt de ha meg csak van mint már én el",
        "ro": "de a și în la cu un o că nu din pe este se care să mai pentru era",
        "tr": "ve bir bu da de için o ne çok gibi daha ile var ben ama kadar sonra",
        "ru": "и в не на что он с я как его но к это она из по все так у а",
        "uk": "і в не на що з я він як до це та його але у за від й по так",
    }.items()
}
"""The commonest words, in running text a third or more of all; a tenth is taken as proof of the language."""
COMMON_SHARE = 0.1
LIKELY = frozenset(COMMON_WORDS) | {"ar", "bg", "el", "fa", "he", "hi", "ja", "ko", "th", "vi", "zh", "zxx"}
"""What a few words are taken for, unless their script says otherwise."""
ALPHABETS: dict[str, frozenset[str]] = {
    "ru": frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюя"),
    "uk": frozenset("абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"),
    "be": frozenset("абвгдеёжзійклмнопрстуўфхцчшыьэюя"),
    "bg": frozenset("абвгдежзийклмнопрстуфхцчшщъьюяѝ"),
    "mk": frozenset("абвгдѓежзѕијклљмнњопрстќуфхцчџшѐѝ"),
    "sr": frozenset("абвгдђежзијклљмнњопрстћуфхцчџш"),
}
"""Cyrillic alphabets of languages that the detector takes for one another in a few words."""
FOREIGN_SHARE = 0.01
"""A text with more letters than that outside an alphabet is not in its language, names and quotations granted."""
UNLIKE = frozenset({"en", "de", "fr"})
"""Languages without a near relative that many books are in."""
LANGUAGE_OF = {"Grek": "el", "Hebr": "he", "Thai": "th", "Geor": "ka", "Armn": "hy", "Hang": "ko"}
"""Scripts that one language uses far more than any other."""

NEAR = tuple(
    frozenset(group.split())
    for group in (
        "no nb nn da sv",
        "hr sr bs sl sh",
        "ms id",
        "cs sk",
        "gl pt es",
        "zh yue wuu",
        "fa ps ur",
        "hi mr ne",
    )
)
"""Languages that the detector takes for one another."""

THREE_LETTERS = {
    three: two
    for two, threes in {
        "ar": "ara",
        "bg": "bul",
        "ca": "cat",
        "cs": "ces cze",
        "cy": "cym wel",
        "da": "dan",
        "de": "deu ger",
        "el": "ell gre",
        "en": "eng",
        "es": "spa",
        "et": "est",
        "eu": "eus baq",
        "fa": "fas per",
        "fi": "fin",
        "fr": "fra fre",
        "ga": "gle",
        "gl": "glg",
        "he": "heb",
        "hi": "hin",
        "hr": "hrv",
        "hu": "hun",
        "hy": "hye arm",
        "id": "ind",
        "is": "ice isl",
        "it": "ita",
        "ja": "jpn",
        "ka": "kat geo",
        "kk": "kaz",
        "ko": "kor",
        "la": "lat",
        "lt": "lit",
        "lv": "lav",
        "mk": "mac mkd",
        "ms": "may msa",
        "nb": "nob",
        "nl": "dut nld",
        "nn": "nno",
        "no": "nor",
        "pl": "pol",
        "pt": "por",
        "ro": "ron rum",
        "ru": "rus",
        "sk": "slk slo",
        "sl": "slv",
        "sq": "sqi alb",
        "sr": "srp",
        "sv": "swe",
        "ta": "tam",
        "th": "tha",
        "tr": "tur",
        "uk": "ukr",
        "ur": "urd",
        "vi": "vie",
        "zh": "chi zho",
    }.items()
    for three in threes.split()
}
"""ISO 639-2 to 639-1."""
NAMES = {"english": "en", "deutsch": "de", "german": "de", "français": "fr", "french": "fr", "русский": "ru"}
