"""How words sound: espeak's phonemes of them. Two words that sound alike are one to the ear.

espeak is part of every installation and knows how over a hundred languages are read, so this is a test for
homophones in all of them. What it says is a rough transcription, and is only ever compared with another of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from pipeline.errors import SpeechError
from pipeline.script.sentences import primary_language
from pipeline.speech.espeak_library import EspeakLibrary, find_library

Sounds = Callable[[Sequence[str]], Mapping[str, str]]
"""From texts to how each sounds, as characters that can be compared one by one."""

_OTHER_LANGUAGE = re.compile(r"\([a-z-]+\)")
"""espeak's mark where it reads a word by another language's rules."""
_ALIKE = str.maketrans({
    "ɡ": "g", "ɹ": "r", "ɾ": "t", "ʁ": "r", "ɻ": "r", "ɐ": "a", "ɑ": "a", "ɒ": "o", "ɔ": "o", "ʌ": "a", "æ": "a",
    "ɛ": "e", "ɜ": "e", "ə": "e", "ɚ": "e", "ɪ": "i", "ᵻ": "i", "ʊ": "u", "ɫ": "l", "ʔ": None, "ʲ": None,
})  # fmt: skip
"""Sounds that are not told apart here: espeak's choice between them is often one of stress."""
_UNREAD = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
"""Chinese characters: espeak reads them as Mandarin only."""
_KEPT = 50_000


def no_sounds(texts: Sequence[str]) -> Mapping[str, str]:
    """Where nothing is known of how a language sounds: a text is what it is written as."""
    return {text: text for text in texts}


@lru_cache(maxsize=32)
def sounds_of(language: str) -> Sounds:
    """How texts of a language (BCP 47) sound, by the espeak voice that fits; what was asked once is kept."""
    try:
        library = find_library()
        identifier = _identifier(library, language)
    except SpeechError:
        return no_sounds
    if not identifier:
        return no_sounds
    mandarin = primary_language(language) in ("zh", "cmn")
    known: dict[str, str] = {}

    def sounds(texts: Sequence[str]) -> Mapping[str, str]:
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if len(known) + len(missing) > _KEPT:
            known.clear()
            missing = list(dict.fromkeys(texts))
        askable = [text for text in missing if mandarin or not _UNREAD.search(text)]
        try:
            said = library.transcribed(askable, identifier) if askable else []
        except SpeechError:
            said = askable
        known.update({text: text for text in missing})
        known.update({text: _bare(ipa) or text for text, ipa in zip(askable, said, strict=True)})
        return {text: known[text] for text in texts}

    return sounds


def _bare(ipa: str) -> str:
    """Without stress, length, tones and spaces."""
    text = unicodedata.normalize("NFD", _OTHER_LANGUAGE.sub("", ipa)).translate(_ALIKE)
    return "".join(character for character in text if unicodedata.category(character) in ("Ll", "Lo"))


def _identifier(library: EspeakLibrary, language: str) -> str:
    wanted = language.lower().replace("_", "-")
    primary = primary_language(language)
    ranked = sorted(
        (tag != wanted, tag != primary, priority, voice.identifier)
        for voice in library.voices
        for tag, priority in voice.languages
        if tag == wanted or tag.partition("-")[0] == primary
    )
    return ranked[0][-1] if ranked else ""
