"""From text to the letters of Kokoro: IPA, with letters of its own for diphthongs and affricates.

Kokoro was trained on what the library ``misaki`` makes of a text. For most languages that is espeak's IPA in those
letters; for English it is a dictionary, and espeak for words that are not in it; Japanese and Chinese have ways of
their own. espeak is part of the base, so the seven languages that it can do need nothing else. Where misaki is
installed with what a language needs of it, it is asked; which of the two it is, is part of a voice's revision.

The letters are those of ``EN_PHONES.md`` in hexgrad's misaki (Apache-2.0), its release 0.9.4.
"""

from __future__ import annotations

import importlib.util
import re
import threading
import unicodedata
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version
from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.errors import EngineUnavailable
from pipeline.model import Word, join_spoken
from pipeline.script.lexicon import punctuation_after
from pipeline.speech.piper import plain_text

LANGUAGES = {
    "a": "en-US", "b": "en-GB", "e": "es", "f": "fr", "h": "hi", "i": "it", "j": "ja", "p": "pt-BR", "z": "zh",
}  # fmt: skip
"""The first letter of a voice's name, and its language (BCP 47)."""
_ESPEAK = {"a": "en-us", "b": "en-gb", "e": "es", "f": "fr", "h": "hi", "i": "it", "p": "pt-br"}
_NEEDS = {"j": ("misaki", "pyopenjtalk"), "z": ("misaki", "jieba", "pypinyin")}
_ENGLISH_MODEL = "en_core_web_sm"

_DIPHTHONGS = (("aɪ", "I"), ("aʊ", "W"), ("eɪ", "A"), ("oʊ", "O"), ("əʊ", "Q"), ("ɔɪ", "Y"))
_AFFRICATES = (("dʒ", "ʤ"), ("tʃ", "ʧ"))
_OTHERS = (*_DIPHTHONGS, *_AFFRICATES, ("dz", "ʣ"), ("ts", "ʦ"), ("-", ""))
_ENGLISH = (
    *_DIPHTHONGS[:3], _DIPHTHONGS[5], *_AFFRICATES, ("ʔˌn\u0329", "tn"), ("ʔn\u0329", "tn"), ("e", "A"), ("ʲ", ""),
    ("ɚ", "əɹ"), ("r", "ɹ"), ("x", "k"), ("ç", "k"), ("ɐ", "ə"), ("ɬ", "l"), ("\u0303", ""), ("ʔ", "t"), ("ɾ", "T"),
)  # fmt: skip
_AMERICAN = (("oʊ", "O"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", ""), ("o", "ɔ"))
_BRITISH = (("eə", "ɛː"), ("iə", "ɪə"), ("əʊ", "Q"), ("o", "ɔ"))
_SYLLABIC = re.compile("(\\S)\u0329")
_SAME = str.maketrans({"g": "ɡ", "'": "ˈ", "’": "ˈ", ".": None, "\u0361": None, "\u035c": None, "‿": None})
_ENDS = (".!?…", ";:,—", " ")
"""Where a text that is too long is cut, the best first."""

_espeak_lock = threading.Lock()

if TYPE_CHECKING:
    from piper.phonemize_espeak import EspeakPhonemizer

Letters = Callable[[str], str]


def offered(language: str) -> bool:
    """Whether voices whose name begins with that letter can speak here."""
    needs = _NEEDS.get(language, ())
    return language in LANGUAGES and all(importlib.util.find_spec(name) for name in needs)


def by(language: str) -> str:
    """Who writes that language in letters here, with its release: part of a voice's revision."""
    if language in "ab" and not _has_english():
        return f"espeak{version('piper-tts')}"
    return f"misaki{version('misaki')}" if language in "abjz" else f"espeak{version('piper-tts')}"


def letters_of(words: Sequence[Word], language: str, unknown: Sequence[str]) -> str:
    """What Kokoro is given for the words of a chunk: their IPA where they have one that is not in ``unknown``."""
    write = writer(language)
    parts = []
    for told, run in groupby(
        words, key=lambda word: bool(word.ipa and word.spoken and word.ipa not in unknown)
    ):
        group = tuple(run)
        if told:
            parts += [ipa_letters(word.ipa, language) + punctuation_after(word.spoken) for word in group]
        else:
            parts.append(write(plain_text(join_spoken(group))))
    return " ".join(part for part in parts if part)


def ipa_letters(ipa: str, language: str) -> str:
    """IPA in Kokoro's letters."""
    return _in_letters(unicodedata.normalize("NFD", ipa).translate(_SAME), language)


def pieces(letters: str, most: int) -> list[str]:
    """A text in letters in parts of at most ``most`` of them, cut where it pauses; all of them are there."""
    found = []
    while len(letters) > most:
        at = _cut(letters[: most + 1], most)
        found.append(letters[:at].strip())
        letters = letters[at:].strip()
    return [piece for piece in (*found, letters.strip()) if piece]


def _cut(letters: str, most: int) -> int:
    for marks in _ENDS:
        at = max(letters.rfind(mark, most // 4, most) for mark in marks)
        if at >= 0:
            return at + 1
    return most


@cache
def writer(language: str) -> Letters:
    """What writes a text of that language (the first letter of a voice's name) in Kokoro's letters.

    Raises ``EngineUnavailable`` when the language's own packages are missing.
    """
    if not offered(language):
        raise EngineUnavailable(
            f"Kokoro's voices for {LANGUAGES.get(language, language)} need {' and '.join(_NEEDS[language])}: "
            f"pip install 'misaki[{LANGUAGES[language]}]'."
        )
    if by(language).startswith("misaki"):
        return {"j": _japanese, "z": _chinese}.get(language, lambda: _english(language))()
    return lambda text: _in_letters(_espeak(text, _ESPEAK[language]), language)


def _in_letters(ipa: str, language: str) -> str:
    """espeak's IPA (NFD) as misaki writes it."""
    tables = {"a": (_ENGLISH, _AMERICAN), "b": (_BRITISH, _ENGLISH)}.get(language, (_OTHERS,))
    for table in tables:
        for old, new in table:
            ipa = ipa.replace(unicodedata.normalize("NFD", old), new)
    return _SYLLABIC.sub(r"ᵊ\1", ipa) if language in "ab" else ipa


def _espeak(text: str, voice: str) -> str:
    """All sentences of a text, by the espeak that comes with Piper."""
    with _espeak_lock:  # its state is one for the whole process
        sentences = _phonemizer().phonemize(voice, text)
    return " ".join("".join(sentence).strip() for sentence in sentences)


@cache
def _phonemizer() -> EspeakPhonemizer:
    from piper.phonemize_espeak import EspeakPhonemizer

    return EspeakPhonemizer()


def _has_english() -> bool:
    """misaki's English needs a model of spaCy, which it would download by itself: only one that is there is used."""
    return all(importlib.util.find_spec(name) for name in ("misaki", "spacy", _ENGLISH_MODEL))


def _english(language: str) -> Letters:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of spaCy, about versions
        from misaki import en, espeak

        british = language == "b"
        dictionary = en.G2P(
            trf=False, british=british, fallback=espeak.EspeakFallback(british=british), unk=""
        )
    # without misaki's own preprocessing, which takes [word](/ipa/) in a text for an order
    return lambda text: str(dictionary(text, preprocess=False)[0])


def _japanese() -> Letters:
    from misaki import ja

    write = ja.JAG2P()
    return lambda text: str(write(text)[0])


def _chinese() -> Letters:
    from misaki import zh

    write = zh.ZHG2P()
    return lambda text: str(write(text)[0])
