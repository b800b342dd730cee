"""Which language a book is in: what it declares, checked against what its text looks like.

Declared languages are often wrong (tools fill in their own), and a book read by the wrong voice is lost. But
detection errs too, so a declaration is overruled only on clear evidence: another script, or a text that
has hardly any of the language's commonest words while the detector is of one mind about every passage.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

PASSAGES = 5
"""How many passages, from all over the text, are looked at."""
PASSAGE_CHARACTERS = 1500

_SCRIPTS: dict[str, re.Pattern[str]] = {
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

_SCRIPTS_OF: dict[str, tuple[str, ...]] = {
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

_COMMON_WORDS: dict[str, frozenset[str]] = {
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
_COMMON_SHARE = 0.1

_NEAR = tuple(
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

_THREE_LETTERS = {
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
_NAMES = {"english": "en", "deutsch": "de", "german": "de", "français": "fr", "french": "fr", "русский": "ru"}
_UNKNOWN = frozenset({"und", "zxx", "mul", "mis", "unknown", "x-none"})
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def tidy(declared: str) -> str:
    """A declared language as a BCP 47 tag in its usual case; empty when it says nothing.

    ``en_us`` becomes ``en-US``, ``eng`` ``en``, ``zh-hant-tw`` ``zh-Hant-TW``, ``und`` nothing.
    """
    tag = declared.strip().replace("_", "-").partition(".")[0]
    tag = _NAMES.get(tag.lower(), tag)
    if tag.lower() in _UNKNOWN or not _TAG.fullmatch(tag):
        return ""
    first, *rest = tag.split("-")
    first = _THREE_LETTERS.get(first.lower(), first.lower())
    if first in _UNKNOWN:
        return ""
    return "-".join([first, *(_subtag(part) for part in rest)])


def _subtag(part: str) -> str:
    if len(part) == 4 and part.isalpha():
        return part.title()
    return part.upper() if len(part) == 2 else part.lower()


def settle(declared: str, passages: Sequence[str]) -> tuple[str, str]:
    """The language to read in, and a doubt (empty when there is none).

    Passages are pieces of the book's text (see ``sample``). The tag is empty when nothing can be told.
    """
    tag = tidy(declared)
    text = " ".join(passages)
    if tag and _is_plausible(tag, text):
        return tag, ""
    found = _detect(passages, tag)
    if not tag:
        name = found or "unknown"
        return found, f"The source does not say which language it is in; its text looks like {name}."
    if not found or _same(tag, found):
        return tag, ""
    return (
        found,
        f"The source says that its language is {tag}, but its text is {found}, and was taken as such.",
    )


def sample(text_at: Sequence[str]) -> list[str]:
    """Passages from all over a book, given the texts of its blocks."""
    step = max(1, len(text_at) // PASSAGES)
    passages = []
    for start in range(0, len(text_at), step):
        passage = ""
        for text in text_at[start : start + step]:
            passage += text[: PASSAGE_CHARACTERS - len(passage)] + "\n"
            if len(passage) >= PASSAGE_CHARACTERS:
                break
        passages.append(passage)
    return passages


def scripts(text: str) -> Counter[str]:
    """How many letters of each script a text has."""
    return Counter(
        {name: found for name, letters in _SCRIPTS.items() if (found := len(letters.findall(text)))}
    )


def _is_plausible(tag: str, text: str) -> bool:
    """Whether the text can be in that language, as far as script and commonest words tell."""
    counts = scripts(text)
    letters = counts.total()
    if letters == 0:
        return True
    expected = _expected_scripts(tag)
    if sum(counts[script] for script in expected) < 0.3 * letters:
        return False
    language = tag.partition("-")[0]
    if language == "zh" and counts["Kana"] > 0.1 * letters:
        return False
    common = _COMMON_WORDS.get("no" if language in ("nb", "nn") else language)
    words = re.findall(r"[^\W\d_]+", text.lower())
    if common is None or len(words) < 100:
        # No list for it, or too little text to overrule anybody: the detector is asked only about scripts.
        return common is not None or "Latn" not in expected or len(words) < 100
    return sum(word in common for word in words) >= _COMMON_SHARE * len(words)


def _expected_scripts(tag: str) -> tuple[str, ...]:
    language, *subtags = tag.split("-")
    for subtag in subtags:
        if subtag in ("Hans", "Hant"):
            return ("Hani",)
        if subtag in _SCRIPTS:
            return (subtag,)
    return _SCRIPTS_OF.get(language, ("Latn",))


def _detect(passages: Sequence[str], declared: str) -> str:
    """The language of the passages; with a declared one, empty unless the evidence against it is clear."""
    letters = scripts(" ".join(passages))
    if not letters:
        return ""
    votes = Counter(_classify(passage) for passage in passages if re.search(r"[^\W\d_]{2}", passage))
    votes.pop("zxx", None)
    if not votes:
        return ""
    best, count = votes.most_common(1)[0]
    if not declared:
        return best
    wrong_script = sum(letters[script] for script in _expected_scripts(declared)) < 0.3 * letters.total()
    knows = declared.partition("-")[0] in _labels()
    return best if wrong_script or (knows and count == votes.total() >= 3) else ""


def _same(tag: str, found: str) -> bool:
    language = tag.partition("-")[0]
    return language == found or any(language in group and found in group for group in _NEAR)


def _classify(text: str) -> str:
    # Takes half a second and 100 MB to load: only asked when a declaration is missing or hard to believe.
    import py3langid

    language, _ = py3langid.classify(text)
    return str(language)


@cache
def _labels() -> frozenset[str]:
    from py3langid import langid

    return frozenset(langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE).labels)
