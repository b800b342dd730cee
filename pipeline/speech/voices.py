"""What is said about voices: which language tags fit, and a sentence to hear each in."""

from __future__ import annotations

from collections.abc import Iterable

_ALIASES = {"cmn": "zh", "iw": "he", "in": "id", "ji": "yi", "no": "nb", "mo": "ro", "tl": "fil"}
"""Primary subtags that mean the same for our purpose, by the one we compare with (IANA subtag registry)."""
_LIKELY_REGION = {
    "ar": "eg", "de": "de", "en": "us", "es": "es", "fr": "fr", "it": "it", "ja": "jp", "ko": "kr",
    "nl": "nl", "pl": "pl", "pt": "br", "ru": "ru", "sv": "se", "uk": "ua", "zh": "cn",
}  # fmt: skip
"""The region a tag without one most likely means (CLDR, likely subtags)."""

ANY_LANGUAGE = "mul"
"""The tag of a voice that takes every language."""

_SAMPLES = {
    "ar": "هذا صوتي. أقرأ لك الكتب كلمة بعد كلمة، صباحا ومساء.",
    "de": "So klinge ich. Gern lese ich Ihnen vor, ein Kapitel nach dem anderen.",
    "en": "This is how I sound. I would be glad to read to you, one chapter after another.",
    "es": "Así suena mi voz. Con gusto le leeré un libro, capítulo tras capítulo.",
    "fr": "Voici ma voix. Je vous lirai volontiers un livre, chapitre après chapitre.",
    "it": "Questa è la mia voce. Le leggerò volentieri un libro, un capitolo dopo l'altro.",
    "ja": "これがわたしのこえです。ほんをいちまいずつ、ゆっくりよみます。",
    "nl": "Zo klink ik. Ik lees u graag voor, het ene hoofdstuk na het andere.",
    "pl": "Tak brzmi mój głos. Chętnie przeczytam książkę, rozdział po rozdziale.",
    "pt": "É assim a minha voz. Terei gosto em ler um livro, capítulo após capítulo.",
    "ru": "Так звучит мой голос. Я с радостью прочитаю вам книгу, главу за главой.",
    "uk": "Так звучить мій голос. Я охоче прочитаю вам книжку, розділ за розділом.",
    "zh": "这是我的声音。我很乐意为您读书，一章接着一章。",
}


def sample_text(language: str) -> str:
    """A short text to hear a voice with, in its language, else in English."""
    return _SAMPLES.get(_parts(language)[0], _SAMPLES["en"])


def is_syllabic(language: str) -> bool:
    """Whether a character of the language's script is about a syllable: a text of it is short and speaks
    long."""
    return _parts(language)[0] in ("zh", "yue", "hak", "wuu", "nan", "ja", "ko")


def same_language(tag: str) -> str:
    """The primary subtag of a BCP 47 tag; of those that mean the same, always the same one."""
    return _parts(tag)[0]


def spoken_languages(tags: Iterable[str]) -> list[str]:
    """The primary subtags of a voice's languages; of one for any language, those that most is written in."""
    found = [same_language(tag) for tag in tags]
    return list(dict.fromkeys([*found, *(_LIKELY_REGION if ANY_LANGUAGE in found else ())]))


def language_match(tags: Iterable[str], wanted: str) -> int:
    """How well a voice with these language tags (best one first) reads ``wanted`` (all BCP 47).

    0 is not at all; the greater, the better: the same tag, then the likely region of a tag without one, then
    the language alone, then another region of it, then a voice for any language.
    """
    return max(
        (
            max(1, _tag_match(tag, wanted) - min(place, 4))
            for place, tag in enumerate(tags)
            if _fits(tag, wanted)
        ),
        default=0,
    )


def _fits(tag: str, wanted: str) -> bool:
    return tag == ANY_LANGUAGE or _parts(tag)[0] == _parts(wanted)[0]


def _tag_match(tag: str, wanted: str) -> int:
    if tag == ANY_LANGUAGE:
        return 5
    have, want = _parts(tag), _parts(wanted)
    likely = _LIKELY_REGION.get(want[0])
    if len(want) == 1 and have == [want[0], likely]:
        return 45
    if have == want:
        return 40
    if want == [have[0], likely] and len(have) == 1:
        return 35
    if len(have) == 1:
        return 30
    # "en-gb-x-rp" for "en-gb", "zh-hant" for "zh-hant-tw": the more they share, the better
    shared = sum(1 for a, b in zip(have[1:], want[1:], strict=False) if a == b)
    return 15 + 5 * min(shared, 2) - min(len(have) - 1 - shared, 5)


def _parts(tag: str) -> list[str]:
    parts = tag.lower().replace("_", "-").split("-")
    if parts[0] == "zh" and len(parts) > 1 and parts[1] in ("yue", "hak", "cmn"):
        parts = parts[1:]
    return [_ALIASES.get(parts[0], parts[0]), *parts[1:]]
