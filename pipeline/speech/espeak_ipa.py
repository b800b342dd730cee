"""From the International Phonetic Alphabet to espeak's own names of phonemes.

espeak is told sounds as ``[[h3:m'aI@ni]]``, in names that differ from language to language. There is no table
of ours between the two: espeak itself is asked how each phoneme that its data names (the file ``phontab``) is
written in IPA, once for each voice, and that is read backwards, the longest symbols first. What a language
does not have is replaced by what is nearest to it, as its speakers do.

The form of ``phontab`` is that of espeak-ng's ``LoadPhData`` (``src/libespeak-ng/synthdata.c``, 1.51 and 1.52).
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

from pipeline.errors import EngineUnavailable
from pipeline.speech.espeak_library import EspeakLibrary

_STRESS = {"ˈ": "'", "ˌ": ","}


class SoundKind(Enum):
    """What espeak's synthesis treats alike."""

    VOWEL = "vowel"
    LIQUID = "liquid"
    """l, r, w, j, and what glides between two vowels."""
    NASAL = "nasal"
    STOP = "stop"
    OTHER = "other"


_KINDS = {
    2: SoundKind.VOWEL,
    3: SoundKind.LIQUID,
    4: SoundKind.STOP,
    5: SoundKind.STOP,
    8: SoundKind.NASAL,
}
"""espeak's ``phVOWEL``, ``phLIQUID``, ``phSTOP``, ``phVSTOP`` and ``phNASAL``."""
_CONTROLS = frozenset("'`,|_:;=%-~ ")
"""Names that mean stress, pauses or length rather than a sound."""
_VOWEL_FRAME, _CONSONANT_FRAME = ("m|'", "m"), ("a|", "a")
"""What a sound is heard between when espeak is asked: at a word's end German says k for g."""
_SAME = str.maketrans(
    {"g": "ɡ", "'": "ˈ", "’": "ˈ", ",": "ˌ", ":": "ː", "\u0361": None, "\u035c": None, "‿": None, "ˑ": None}
)
_SYLLABLE = "."
_NEAREST: Mapping[str, tuple[str, ...]] = {
    "r": ("ɹ", "ɾ", "ʀ", "ʁ"), "ɹ": ("r", "ɾ", "ʁ"), "ɾ": ("r", "ɹ"), "ʁ": ("r", "ɹ", "x"), "ʀ": ("r", "ʁ"),
    "e": ("eː", "ɛ", "eɪ"), "ɛ": ("e", "æ"), "o": ("oː", "ɔ", "oʊ", "əʊ"), "ɔ": ("ɔː", "o", "ɒ"),
    "a": ("ɑ", "æ", "ɑː", "ɐ"), "æ": ("a", "ɛ"), "ɑ": ("ɑː", "a"), "ɒ": ("ɔ", "ɑː", "a"), "ɐ": ("a", "ə", "ʌ"),
    "ʌ": ("ɐ", "a"), "i": ("iː", "ɪ"), "ɪ": ("i", "e"), "u": ("uː", "ʊ"), "ʊ": ("u", "o"), "ə": ("ɐ", "e", "a"),
    "ɜ": ("ɜː", "ə", "œ"), "ɚ": ("əɹ", "ə"), "ɝ": ("ɜː", "ə"), "y": ("yː", "i", "u"),
    "ø": ("øː", "œ", "ɜː", "e"), "œ": ("ø", "ɜː", "ɛ"), "ɨ": ("ɪ", "i"), "ʉ": ("uː", "u"), "ɯ": ("u", "uː"),
    "ɤ": ("ə", "o"), "x": ("χ", "h", "k"), "χ": ("x", "h", "k"), "ç": ("x", "h", "ʃ"), "h": ("x", "ɦ"),
    "ɦ": ("h",), "ɣ": ("ɡ",), "β": ("b", "v"), "θ": ("s", "t"), "ð": ("z", "d"), "ʒ": ("ʃ", "z"),
    "ʃ": ("ʂ", "s"), "ʂ": ("ʃ",), "ɕ": ("ʃ",), "ʑ": ("ʒ", "z"), "z": ("s",), "v": ("f", "b"), "w": ("v", "u"),
    "ʋ": ("v",), "ŋ": ("n",), "ɲ": ("nj", "n"), "ʎ": ("lj", "l"), "ɫ": ("l",), "ɬ": ("l",), "ʔ": ("",),
    "ʲ": ("j", ""), "ʰ": ("",), "ʷ": ("w", ""), "ː": ("",), "\u0329": ("",), "\u0303": ("n", ""),
    "\u0325": ("",), "\u032f": ("",), "\u031e": ("",),
}  # fmt: skip
"""What stands for a sound that a language lacks, the nearest first; empty: it may be left out."""


@dataclass(frozen=True, slots=True)
class IpaTable:
    """One voice's phonemes by how they are written in IPA."""

    names: Mapping[str, str]
    vowels: frozenset[str]
    """The IPA of those that carry stress."""
    weak: frozenset[str] = frozenset()
    """That of vowels which never do."""

    def named(self, ipa: str) -> str | None:
        """espeak's names for a text in IPA, its words separated by ``||``; None when a sound has none."""
        text = unicodedata.normalize("NFD", ipa).translate(_SAME)
        words = [self._word(word) for word in text.split()]
        return None if None in words or not words else "||".join(word or "" for word in words)

    def _word(self, text: str) -> str | None:
        found: list[str] = []
        stress = ""
        place = 0
        while place < len(text):
            if text[place] in _STRESS or text[place] == _SYLLABLE:
                stress = _STRESS.get(text[place], stress)
                place += 1
                continue
            symbol, length = self._symbol(text, place, stressed=bool(stress))
            if symbol is None:
                return None
            for part in self._parts(symbol):
                if stress and part in self.vowels:
                    found.append(stress + self.names[part])
                    stress = ""
                else:
                    found.append(self.names[part])
            place += length
        return "|".join(found) or None

    def _symbol(self, text: str, place: int, *, stressed: bool) -> tuple[str | None, int]:
        """What is said for the longest symbol at a place, and how much of the text that is."""
        for length in range(min(6, len(text) - place), 0, -1):
            symbol = text[place : place + length]
            if symbol in self.names and not (stressed and symbol in self.weak):
                return symbol, length
        symbol = text[place]
        for instead in _NEAREST.get(symbol, ()):
            if not instead or all(
                part in self.names and part not in self.weak for part in self._parts(instead)
            ):
                return instead, 1
        return (symbol if symbol in self.names else None), 1

    def _parts(self, symbol: str) -> Sequence[str]:
        if not symbol or symbol in self.names:
            return [symbol] if symbol else []
        return list(symbol)


@lru_cache(maxsize=16)
def ipa_table(library: EspeakLibrary, identifier: str) -> IpaTable:
    """The table of a voice. Raises ``EngineUnavailable`` when espeak's data cannot be read."""
    types = sound_kinds(library.data)
    names = sorted(
        (name for name in types if name and not set(name) <= _CONTROLS and not set(name) & set("_| ")),
        key=lambda name: (_oddity(name), len(name), name),
    )
    frames = [_VOWEL_FRAME if types[name] is SoundKind.VOWEL else _CONSONANT_FRAME for name in names]
    framed = library.transcribed(
        [f"[[{frame[0]}{name}|{frame[1]}]]" for name, frame in zip(names, frames, strict=True)], identifier
    )
    alone = library.transcribed([f"[[{name}]]" for name in names], identifier)
    around = {frame: library.transcribed([f"[[{frame[1]}]]"], identifier)[0] for frame in set(frames)}
    found: dict[str, str] = {}
    vowels: set[str] = set()
    weak: set[str] = set()
    inner = [_inside(_plain(ipa), _plain(around[frame])) for ipa, frame in zip(framed, frames, strict=True)]
    stressed = ["ˈ" in ipa for ipa in framed]
    heard = [
        *zip(names, inner, stressed, strict=True),
        *zip(names, map(_plain, alone), stressed, strict=True),
    ]
    for name, symbol, strong in sorted(
        heard, key=lambda one: types[one[0]] is SoundKind.VOWEL and not one[2]
    ):
        if not symbol or " " in symbol or not _is_ipa(symbol) or symbol in found:
            continue
        found[symbol] = name
        if types[name] is SoundKind.VOWEL:
            (vowels if strong else weak).add(symbol)
    return IpaTable(found, frozenset(vowels), frozenset(weak))


def _plain(ipa: str) -> str:
    """A transcription as it is compared: taken apart, without stress."""
    return unicodedata.normalize("NFD", ipa).strip().replace("ˈ", "").replace("ˌ", "").translate(_SAME)


def _inside(text: str, frame: str) -> str:
    """What stands between the two sounds of the frame; empty where they were changed."""
    whole = len(text) > 2 * len(frame) and text.startswith(frame) and text.endswith(frame)
    return text[len(frame) : -len(frame)] if whole and frame else ""


def _oddity(name: str) -> int:
    """Names with digits and ``#`` are variants that other rules choose."""
    return sum(character.isdigit() or character in "#/!?" for character in name[1:])


def _is_ipa(symbol: str) -> bool:
    """espeak spells what it does not know; its own marks are no IPA."""
    return not any(character in "0123456789#/?!|_^[]{}()." or character.isupper() for character in symbol)


@lru_cache(maxsize=4)
def sound_kinds(data: Path) -> Mapping[str, SoundKind]:
    """The names of all phonemes in espeak's data, with their kinds. Raises ``EngineUnavailable``."""
    path = data / "phontab"
    try:
        table = path.read_bytes()
        found: dict[str, SoundKind] = {}
        place = 4
        for _ in range(table[0]):
            count = table[place]
            place += 4 + 32  # the number of phonemes, the table that it builds on; its name
            for _ in range(count):
                name, _flags, _program, _code, kind = struct.unpack_from("<4sIHBB", table, place)
                found.setdefault(name.rstrip(b"\0").decode("latin-1"), _KINDS.get(kind, SoundKind.OTHER))
                place += 16
    except (OSError, IndexError, struct.error) as error:
        raise EngineUnavailable(
            f"espeak's list of phonemes at {path} cannot be read: install the package espeakng-loader."
        ) from error
    return found
